"""Errors of the commands: one line each, and an honest exit code."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from classifier.storage import ModelError
from classifier.tickets import DataError, FileUnusable
from terminal.exit_codes import ExitCode
from terminal.output import tell
from terminal.safe_text import listed


class CannotListen(Exception):
    """The address is in use, or is not one of this machine."""


@contextmanager
def failures() -> Iterator[None]:
    """Print an error in one line and end with its exit code."""
    try:
        yield
    except DataError as error:
        _fail(str(error), ExitCode.USAGE if isinstance(error, FileUnusable) else ExitCode.FAILED)
    except ModelError as error:
        _fail(str(error), ExitCode.USAGE)
    except CannotListen as error:
        _fail(str(error), ExitCode.FAILED)
    except OSError as error:
        _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", ExitCode.FAILED)


def _fail(message: str, code: ExitCode) -> None:
    tell(f"classifier: {listed(message)}")
    raise typer.Exit(code)
