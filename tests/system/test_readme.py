"""What the README tells people to type works as it stands there."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from consumer.config.settings import Topics
from tests.support.readme import MADE, TICKETS_CSV, commands
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
def test_every_command_of_the_readme_works(world: World) -> None:
    """Each command ends with 0, in the README's order, beside a running service."""
    mine = [command for command in commands() if command.startswith("ticketstream ") and command != SERVICE]
    failed = {command: error for command in mine if (error := tried(world, command))}

    assert len(mine) >= 9
    assert failed == {}


def test_nothing_in_the_readme_is_left_untried() -> None:
    """Each command is run by the test above, by the tests of foreign clients, or is how the tests were started."""
    left = [command for command in commands() if not command.startswith("ticketstream ") and command not in MADE]
    left = [command for command in left if not any(program in command for program in FOREIGN)]

    assert left == []
