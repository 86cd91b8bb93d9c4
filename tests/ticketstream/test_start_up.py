"""The command line starts at once: help imports nothing that only a running command needs."""

import subprocess
import sys

import pytest

from ticketstream.__main__ import (
    COMMANDS,
    DLQ_COMMANDS,
    LLM_COMMANDS,
    MODELS_COMMANDS,
    OVERRIDES_COMMANDS,
    TAXONOMY_COMMANDS,
    TOPICS_COMMANDS,
)

# Clients and engines; and pydantic and structlog, each of which takes as long to import as typer and rich together.
SLOW = {"confluent_kafka", "clickhouse_connect", "chdb", "sklearn", "uvicorn", "pydantic", "structlog"}
STARTS = [
    ["--help"],
    ["--version"],
    ["topics", "--help"],
    ["dlq", "--help"],
    ["taxonomy", "--help"],
    ["llm", "--help"],
    ["models", "--help"],
    ["overrides", "--help"],
    *([name, "--help"] for name in COMMANDS),
    *(["topics", name, "--help"] for name in TOPICS_COMMANDS),
    *(["dlq", name, "--help"] for name in DLQ_COMMANDS),
    *(["taxonomy", name, "--help"] for name in TAXONOMY_COMMANDS),
    *(["llm", name, "--help"] for name in LLM_COMMANDS),
    *(["models", name, "--help"] for name in MODELS_COMMANDS),
    *(["overrides", name, "--help"] for name in OVERRIDES_COMMANDS),
]


def imported(*arguments: str) -> tuple[str, set[str]]:
    """What a command printed, and the top-level packages that it imported."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ticketstream", *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    modules = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")]
    return done.stdout, {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize("arguments", STARTS, ids=" ".join)
def test_help_and_version_import_nothing_slow(arguments: list[str]) -> None:
    """Help and version load neither clients nor engines."""
    printed, packages = imported(*arguments)

    assert printed
    assert "typer" in packages
    assert packages & SLOW == set()


def test_every_command_is_tried() -> None:
    """Each command that help lists is started above."""
    listed = [
        [*group, line.split()[0]]
        for group in ([], ["topics"], ["dlq"], ["taxonomy"], ["llm"], ["models"], ["overrides"])
        for line in imported(*group, "--help")[0].split("Commands:\n")[1].splitlines()
    ]

    assert [names for names in listed if [*names, "--help"] not in STARTS] == []
    assert len(listed) >= 25
