"""What the commands for projects need beyond the service: the extra `classifier`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from consumer.errors import ConfigurationError

_LIBRARIES: Final = frozenset({"numpy", "py3langid", "scipy", "sklearn", "threadpoolctl", "tomlkit"})


@contextmanager
def classifier_needed() -> Iterator[None]:
    """Say how to install a library of the extra that is missing.

    Raises:
        ConfigurationError: one is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in _LIBRARIES:
            raise
        raise ConfigurationError(
            f"{library} is not installed; install it with: pip install 'ticketstream[classifier]'"
        ) from None
