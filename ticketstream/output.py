"""How commands end: with a result, or with a sentence and an exit code."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer

from consumer.errors import TicketstreamError
from serving.standard_error import drop_output
from serving.starting import no_room
from terminal.exit_codes import ExitCode
from terminal.output import tell
from terminal.safe_text import listed

P = ParamSpec("P")
R = TypeVar("R")


def command(function: Callable[P, R]) -> Callable[P, R]:
    """End a command that fails, or has no room to work, with a sentence and its exit code instead of a traceback."""

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        _refuse_what_is_no_text({**kwargs})
        try:
            return function(*args, **kwargs)
        except TicketstreamError as error:
            tell(f"ticketstream: {listed(str(error))}")
            raise typer.Exit(error.exit_code) from None
        except (OSError, RuntimeError, MemoryError) as error:
            if not (reason := no_room(error)):
                raise
            # Standard output itself may be the file without room.
            drop_output()
            tell(f"ticketstream: {reason}")
            raise typer.Exit(TicketstreamError.exit_code) from None
        except KeyboardInterrupt:
            raise typer.Exit(ExitCode.INTERRUPTED) from None

    return guarded


def _refuse_what_is_no_text(values: dict[str, object]) -> None:
    """Bytes that are no UTF-8 fit into a file's name, and into nothing that is sent."""
    for name, value in values.items():
        if not all(map(_is_unicode, value if isinstance(value, list | tuple) else [value])):
            raise typer.BadParameter("it is not UTF-8; write it in the encoding of the terminal.", param_hint=name)


def _is_unicode(value: object) -> bool:
    return not (isinstance(value, str) and any("\ud800" <= sign <= "\udfff" for sign in value))
