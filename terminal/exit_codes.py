"""How a command ends. docs/CONTRACT.md has this table; a test compares the two."""

from collections.abc import Mapping
from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of all commands and of the processes that they start."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    FENCED = 3
    FLOOD = 4
    INTERRUPTED = 130


MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.DONE: "done",
    ExitCode.FAILED: "the work failed; also a flood of dead letters",
    ExitCode.USAGE: "wrong usage or configuration",
    ExitCode.FENCED: "fenced: another process has the place of this one",
    ExitCode.FLOOD: "a worker's process alone: a flood of dead letters; the command ends with 1",
    ExitCode.INTERRUPTED: "interrupted",
}
