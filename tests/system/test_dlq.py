"""Dead letters in an operator's hands."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from consumer.commands.dlq_letters import Letter, Selection, State, why_not_replayed
from consumer.kafka.records import Record
from schemas.position import Position
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
    """With their reasons, by any of their marks, and one of them in full."""
    everything = listed(with_letters)
    table = with_letters.command("dlq", "list", "--reason", "bad_framing")
    [bad] = listed(with_letters, "--reason", "bad_framing")
    shown = with_letters.command("dlq", "show", f"{bad['partition']}@{bad['offset']}")

    assert Counter(each["headers"]["ts-reason"] for each in everything) == {"too_large": BAD - 1, "bad_framing": 1}
    assert {each["state"] for each in everything} == {"open"}
    assert [each["key"] for each in listed(with_letters, "--ticket", "large-3")] == ["large-3"]
    assert listed(with_letters, "--since", "2020-01-01", "--until", "2020-01-02") == []
    assert "1 bad_framing, open" in table.stdout
    assert "ts-reason: bad_framing" in shown.stdout
    assert "is no framing" in shown.stdout
    assert "trace: 1" in shown.stdout


def test_a_replay_happens_once(with_letters: World) -> None:
    """Put back once however often it is asked for; what fails again is a new letter, up to the cap."""
    world = with_letters
    nothing_chosen = world.command("dlq", "replay")
    rehearsed = world.command("dlq", "replay", "--all", "--dry-run")
    first = world.command("dlq", "replay", "--all")
    again = world.command("dlq", "replay", "--reason", "too_large")
    world.answers_to(f"large-{number}" for number in range(BAD - 1))
    until(lambda: len(world.committed(world.topics.dead_letter)) == BAD + 1)
    states = Counter((each["headers"]["ts-reason"], each["state"]) for each in listed(world))
    [failed] = [each for each in listed(world, "--reason", "bad_framing") if each["state"] == "open"]
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


def test_a_replay_that_was_killed_goes_on_where_it_was(with_letters: World) -> None:
    """kill -9 in its middle, and the same command again: each letter is put back once."""
    world = with_letters
    process = subprocess.Popen(
        [sys.executable, "-m", "ticketstream", "dlq", "replay", "--reason", "too_large", "--rate", "0.1"],
        env=world.environment,
        cwd=world.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: any(each["state"] == "replayed" for each in listed(world)))
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = world.command("dlq", "replay", "--reason", "too_large")
    world.answers_to(f"large-{number}" for number in range(BAD - 1))

    assert done.returncode == 0
    assert 0 < int(done.stdout.split("replayed: ")[1].split()[0]) < BAD - 1
    assert {1} == set(Counter(answer["ticket_id"] for answer in world.answers()).values())


@pytest.mark.parametrize("move", ["replay", "park"])
def test_a_letter_that_is_not_there_is_named(with_letters: World, move: str) -> None:
    """Nothing is done, not even with those that are there."""
    world = with_letters
    there = f"{listed(world)[0]['partition']}@{listed(world)[0]['offset']}"
    done = world.command("dlq", move, there, "0@777777")

    assert (done.returncode, "there is no dead letter 0@777777" in done.stderr) == (2, True)
    assert {each["state"] for each in listed(world)} == {"open"}


def test_parked_letters_are_out_of_the_way(with_letters: World) -> None:
    """Moved as they are, once; listed only when asked for, and not replayed any more."""
    world = with_letters
    parked = world.command("dlq", "park", "--reason", "bad_framing")
    again = world.command("dlq", "park", "--reason", "bad_framing")
    [letter] = [each for each in world.committed(world.topics.dead_letter) if each.key == b"bad"]
    [moved] = world.committed(world.topics.park)

    assert "parked: 1" in parked.stdout
    assert "parked: 0" in again.stdout
    assert (moved.key, moved.value, moved.headers) == (letter.key, letter.value, letter.headers)
    assert len(listed(world)) == BAD - 1
    assert len(listed(world, "--parked")) == BAD
    assert "was parked already" in world.command("dlq", "replay", "--reason", "bad_framing").stdout


def test_some_letters_cannot_be_replayed(world: World) -> None:
    """Each refusal says why."""

    def letter(**headers: str) -> Letter:
        given = [(f"ts-{name}", text.encode()) for name, text in headers.items()]
        return Letter(Record(Position(world.topics.dead_letter, 0, 1, 0), b"k", b"v", list(given)), State.open)

    def problem(**headers: str) -> str:
        return why_not_replayed(letter(**headers), world.topics, 3) or ""

    assert problem(topic=world.topics.created) == ""
    assert problem(topic=world.topics.created, replays="2") == ""
    assert "in vain" in problem(topic=world.topics.created, replays="3")
    assert "too large" in problem(topic=world.topics.created, truncated="true")
    assert "see it twice" in problem(topic=world.topics.categorized)
    assert "none of this service's" in problem(topic="foreign")
    assert problem(topic=world.topics.created, replays="9" * 5000) == ""
    assert Selection(since_ms=1).holds(letter(topic="t")) is False
