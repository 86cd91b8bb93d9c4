"""The output of commands: results on standard output, progress and errors on standard error."""

import functools
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer
from rich.console import Console

from consumer.errors import TicketstreamError
from serving.standard_error import drop_output
from serving.starting import no_room

P = ParamSpec("P")
R = TypeVar("R")

console = Console(stderr=True, highlight=False)
INTERRUPTED = 130


def command(function: Callable[P, R]) -> Callable[P, R]:
    """End a command that fails, or has no room to work, with a sentence and its exit code instead of a traceback."""

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except TicketstreamError as error:
            console.print(f"ticketstream: {error}", markup=False, soft_wrap=True)
            raise typer.Exit(error.exit_code) from None
        except (OSError, RuntimeError, MemoryError) as error:
            if not (reason := no_room(error)):
                raise
            # Standard output itself may be the file without room.
            drop_output()
            console.print(f"ticketstream: {reason}", markup=False, soft_wrap=True)
            raise typer.Exit(TicketstreamError.exit_code) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None

    return guarded


def say(text: str) -> None:
    """Print one line of a command's result."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
