"""The name under which this process writes the library's rows."""

import os

from consumer.config.sources import host_name


def process_name() -> str:
    """Host and process id; the middle part keeps it apart from the names of the service's instances."""
    return f"{host_name()}-library-{os.getpid()}"
