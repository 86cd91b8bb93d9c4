"""The output of commands: results on standard output, progress and errors on standard error.

Only this module writes to either of them, so that nothing from outside commands the terminal.
"""

import errno
import os
import sys
from io import TextIOWrapper
from typing import Any, NoReturn

from rich.console import Console
from rich.text import Text

from terminal.exit_codes import ExitCode
from terminal.safe_text import json_line, steady

console = Console(stderr=True, highlight=False)
"""For progress. Text from outside goes through `tell`."""

_CLEAR = "\x1b[2J\x1b[H"


def open_streams() -> None:
    """Prepare standard output and standard error for any text and any encoding; call it first in a program.

    What the encoding lacks becomes a question mark. A stream that was closed before our start goes nowhere.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(_nowhere(), "w", encoding="utf-8"))
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def say(text: str) -> None:
    """Print lines of a command's result."""
    _write(steady(text))


def say_json(document: Any) -> None:
    """Print a result as one line of JSON."""
    _write(json_line(document, ascii_only=not writes_unicode()))


def people_read() -> bool:
    """Whether standard output is a terminal: what is printed there is for people."""
    return sys.stdout.isatty()


def clear() -> None:
    """Clear the terminal, if there is one: a program gets what follows below what it has."""
    if people_read():
        _write(_CLEAR, "")


def tell(text: str, style: str = "") -> None:
    """Print lines about the work: progress, warnings and errors."""
    console.print(Text(steady(text), style), soft_wrap=True)


def writes_unicode() -> bool:
    """Whether standard output can show every letter, and the lines of tables."""
    return (sys.stdout.encoding or "utf-8").lower().replace("-", "").startswith("utf")


def _write(text: str, end: str = "\n") -> None:
    try:
        sys.stdout.write(f"{text}{end}")
        sys.stdout.flush()
    except BrokenPipeError:
        _end()
    except OSError as error:
        # The terminal was closed; a full disk and its like are for `no_room`.
        if error.errno != errno.EIO:
            raise
        _end()


def _end() -> NoReturn:
    """End the program, quietly: its reader has gone."""
    # The interpreter flushes what is left when it ends, and would fail again.
    os.dup2(_nowhere(), sys.stdout.fileno())
    raise SystemExit(ExitCode.FAILED)


def _nowhere() -> int:
    return os.open(os.devnull, os.O_WRONLY)
