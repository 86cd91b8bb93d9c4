"""What README and guide tell people to type works as it stands there."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from consumer.config.settings import Topics
from tests.support.readme import GUIDE, MADE, README, SPANISH, TICKETS_CSV, YOUR_OWN, blocks, commands
from tests.support.topics import Put
from tests.support.world import World
from tests.system.conftest import Worlds

SERVICE = "ticketstream run"
# Tried by tests/clients, which need them installed.
FOREIGN = ("kcat ", "curl ")


@pytest.fixture(scope="module")
def world(worlds: Worlds, real_model: str) -> Iterator[World]:
    """A world with the names that the README uses, and the file that it publishes."""
    names = {f"TOPIC_{name.upper()}": field.default for name, field in Topics.model_fields.items()}
    made = worlds(CLICKHOUSE_DATABASE="ticketstream", KAFKA_GROUP_ID="ticketstream", ML_API_URL=real_model, **names)
    (made.folder / "tickets.csv").write_text(TICKETS_CSV, encoding="utf-8")
    with made.service():
        made.answers_to([])
        yield made


def typed(world: World, command: str) -> subprocess.CompletedProcess[str]:
    """What a shell makes of the command, with this project's programs on the path."""
    path = f"{Path(sys.executable).parent}:{world.environment['PATH']}"
    return subprocess.run(
        ["/bin/sh", "-c", command],
        env={**world.environment, "PATH": path},
        cwd=world.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def tried(world: World, command: str) -> str:
    """What was wrong with it in the end: what was published a moment ago takes a moment to arrive."""
    give_up_s = time.monotonic() + 15
    while (result := typed(world, command)).returncode and time.monotonic() < give_up_s:
        pass
    return result.stderr if result.returncode else ""


@pytest.mark.long
def test_every_command_of_the_guide_works(world: World) -> None:
    """Each command ends with 0, in the guide's order, beside a running service."""
    mine = [command for command in commands(GUIDE) if command.startswith("ticketstream ") and command != SERVICE]
    failed = {command: error for command in mine if (error := tried(world, command))}

    assert len(mine) >= 9
    assert failed == {}


def test_nothing_in_the_guide_is_left_untried() -> None:
    """Each command is run by the test above, or by the tests of foreign clients."""
    left = [command for command in commands(GUIDE) if not command.startswith("ticketstream ")]

    assert [command for command in left if not any(program in command for program in FOREIGN)] == []


def test_every_command_of_the_readme_is_tried() -> None:
    """Those of a project of one's own stand in this order on the page about them, whose commands are all typed."""
    mine = [command for command in commands(README) if command not in MADE]
    tried_there = iter(commands(YOUR_OWN))

    assert mine
    assert [command for command in mine if command not in tried_there] == []


@pytest.mark.parametrize("page", SPANISH)
def test_the_spanish_page_has_the_commands_and_examples_of_the_english_one(page: Path) -> None:
    for kind in ("sh", "json"):
        assert blocks(SPANISH[page], kind) == blocks(page, kind)


def test_the_readme_is_read_in_five_minutes() -> None:
    for page in (README, SPANISH[README]):
        assert page.read_text(encoding="utf-8").count("\n") < 150


@pytest.mark.long
def test_the_answer_that_the_readme_shows_is_the_answer(world: World) -> None:
    """The event goes in as it stands there; what is shown of the answer comes out."""
    event, shown = (json.loads(block) for block in blocks(README, "json"))
    world.put([Put(json.dumps(event).encode(), event["ticket_id"].encode())])
    answer = next(each for each in world.answers_to([event["ticket_id"]]) if each["ticket_id"] == event["ticket_id"])
    fields = cast("dict[str, Any]", answer)

    assert {name: _rounded(fields[name]) for name in shown} == shown


def _rounded(value: object) -> object:
    return round(value, 2) if isinstance(value, float) else value
