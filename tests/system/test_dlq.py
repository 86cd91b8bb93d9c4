"""`ticketstream dlq`, as an operator uses it."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.model_server import ModelServer
from tests.support.topics import Put
from tests.support.waiting import until
from tests.support.world import World, a_ticket
from tests.system.conftest import Worlds

pytestmark = [pytest.mark.delivery, pytest.mark.long]

BAD = 7


@pytest.fixture
def world(worlds: Worlds, model: ModelServer) -> World:
    return worlds(ML_API_URL=model.url)


@pytest.fixture
def with_letters(world: World) -> Iterator[World]:
    """A service that runs, and seven letters: six of good tickets that were larger than allowed, one of bad bytes."""
    large = {"MAX_TICKET_BYTES": "1024"}
    with world.service("--role", "categorizer", **large):
        world.publish([a_ticket(f"large-{number}", description="x" * 2000) for number in range(BAD - 1)])
        world.put([Put(b"\x07 is no framing", b"bad", [("trace", b"1")])])
        until(lambda: len(world.committed(world.topics.dead_letter)) == BAD)
    with world.service("--role", "categorizer"):
        yield world


def listed(world: World, *arguments: str) -> list[dict[str, Any]]:
    done = world.command("dlq", "list", "--format", "json", *arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_letters_are_listed_shown_and_narrowed_down(with_letters: World) -> None:
    """Letters are listed with their reasons, chosen by any of their fields, and one of them is shown in full."""
    everything = listed(with_letters)
    table = with_letters.command("dlq", "list", "--reason", "bad_framing")
    [bad] = listed(with_letters, "--reason", "bad_framing")
    shown = with_letters.command("dlq", "show", f"{bad['partition']}@{bad['offset']}")

    assert Counter(letter["headers"]["ts-reason"] for letter in everything) == {"too_large": BAD - 1, "bad_framing": 1}
    assert {letter["state"] for letter in everything} == {"open"}
    assert [letter["key"] for letter in listed(with_letters, "--ticket", "large-3")] == ["large-3"]
    assert listed(with_letters, "--since", "2020-01-01", "--until", "2020-01-02") == []
    assert "1 bad_framing, open" in table.stdout
    assert "ts-reason: bad_framing" in shown.stdout
    assert "is no framing" in shown.stdout
    assert "trace: 1" in shown.stdout


def test_a_replay_happens_once(with_letters: World) -> None:
    """A letter is put back once, also when asked twice; a record that fails again is a new letter, up to the limit."""
    world = with_letters
    nothing_chosen = world.command("dlq", "replay")
    rehearsed = world.command("dlq", "replay", "--all", "--dry-run")
    first = world.command("dlq", "replay", "--all")
    again = world.command("dlq", "replay", "--reason", "too_large")
    world.answers_to(f"large-{number}" for number in range(BAD - 1))
    until(lambda: len(world.committed(world.topics.dead_letter)) == BAD + 1)
    states = Counter((letter["headers"]["ts-reason"], letter["state"]) for letter in listed(world))
    [failed] = [letter for letter in listed(world, "--reason", "bad_framing") if letter["state"] == "open"]
    capped = world.command("dlq", "replay", "--reason", "bad_framing", "--max-replays", "1")

    assert nothing_chosen.returncode == 2
    assert "--all" in nothing_chosen.stderr
    assert f"would be moved: {BAD};" in rehearsed.stdout
    assert (first.returncode, f"replayed: {BAD}" in first.stdout) == (0, True)
    assert "replayed: 0" in again.stdout
    assert states == {("too_large", "replayed"): BAD - 1, ("bad_framing", "replayed"): 1, ("bad_framing", "open"): 1}
    assert {name: failed["headers"][name] for name in ("ts-replays", "trace")} == {"ts-replays": "1", "trace": "1"}
    assert failed["headers"]["ts-origin-offset"] != failed["headers"]["ts-offset"]
    assert (capped.returncode, "park it" in capped.stdout) == (1, True)
    assert {1} == set(Counter(answer["ticket_id"] for answer in world.answers()).values())


def test_a_killed_replay_goes_on(with_letters: World) -> None:
    """After kill -9 in the middle of a replay the same command puts each of the other letters back once."""
    world = with_letters
    process = subprocess.Popen(
        [sys.executable, "-m", "ticketstream", "dlq", "replay", "--reason", "too_large", "--rate", "0.1"],
        env=world.environment,
        cwd=world.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: any(letter["state"] == "replayed" for letter in listed(world)), every_s=0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = world.command("dlq", "replay", "--reason", "too_large")
    world.answers_to(f"large-{number}" for number in range(BAD - 1))

    assert done.returncode == 0
    assert 0 < int(done.stdout.split("replayed: ")[1].split()[0]) < BAD - 1
    assert {1} == set(Counter(answer["ticket_id"] for answer in world.answers()).values())


@pytest.mark.parametrize("move", ["replay", "park"])
def test_a_letter_that_is_not_there_is_named(with_letters: World, move: str) -> None:
    """Nothing is done, not even with the letters that exist."""
    world = with_letters
    there = f"{listed(world)[0]['partition']}@{listed(world)[0]['offset']}"
    done = world.command("dlq", move, there, "0@777777")

    assert (done.returncode, "there is no dead letter 0@777777" in done.stderr) == (2, True)
    assert {letter["state"] for letter in listed(world)} == {"open"}


def test_parked_letters_are_out_of_the_way(with_letters: World) -> None:
    """Parked letters are moved unchanged and once, listed only with --parked, and not replayed any more."""
    world = with_letters
    parked = world.command("dlq", "park", "--reason", "bad_framing")
    again = world.command("dlq", "park", "--reason", "bad_framing")
    [letter] = [record for record in world.committed(world.topics.dead_letter) if record.key == b"bad"]
    [moved] = world.committed(world.topics.park)

    assert "parked: 1" in parked.stdout
    assert "parked: 0" in again.stdout
    assert (moved.key, moved.value, moved.headers) == (letter.key, letter.value, letter.headers)
    assert len(listed(world)) == BAD - 1
    assert len(listed(world, "--parked")) == BAD
    assert "was parked already" in world.command("dlq", "replay", "--reason", "bad_framing").stdout
