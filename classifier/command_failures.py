"""Errors of the commands: one line each, and an honest exit code."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from classifier.storage import ModelError
from classifier.tickets import DataError, FileUnusable
from terminal.output import tell
from terminal.safe_text import listed

WORK_FAILED = 1
WRONG_USAGE = 2


class CannotListen(Exception):
    """The address is in use, or is not one of this machine."""


@contextmanager
def failures() -> Iterator[None]:
    """Print an error in one line and end with its exit code."""
    try:
        yield
    except DataError as error:
        _fail(str(error), WRONG_USAGE if isinstance(error, FileUnusable) else WORK_FAILED)
    except ModelError as error:
        _fail(str(error), WRONG_USAGE)
    except CannotListen as error:
        _fail(str(error), WORK_FAILED)
    except OSError as error:
        _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", WORK_FAILED)


def _fail(message: str, code: int) -> None:
    tell(f"classifier: {listed(message)}")
    raise typer.Exit(code)
