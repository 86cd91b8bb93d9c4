"""Files of labelled tickets that cannot be used, as errors of a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from classifier.tickets import DataError, FileUnusable
from consumer.errors import ConfigurationError, TicketstreamError
from tickets.files.bad_lines import FileRefused


@contextmanager
def file_trouble() -> Iterator[None]:
    """Raise what is wrong with a file as an error with its exit code.

    Raises:
        ConfigurationError: the file, or what was said of it.
        TicketstreamError: a row of it.
    """
    try:
        yield
    except (FileUnusable, FileRefused) as error:
        raise ConfigurationError(str(error)) from None
    except DataError as error:
        raise TicketstreamError(str(error)) from None
