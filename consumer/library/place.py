"""How rows of the library name the process that wrote them."""

import os

from consumer.config.settings import host_name


def instance() -> str:
    """Host and process, told apart from the service's own instances."""
    return f"{host_name()}-library-{os.getpid()}"
