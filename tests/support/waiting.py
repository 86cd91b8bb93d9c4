"""Waiting for what another thread or process does: as short as possible, and never for ever."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Looks come close together at first, for what a thread does, and further apart later, for what a process does: most
# looks at a process ask Kafka or ClickHouse.
_FIRST_PAUSE_S = 0.002
_LONGEST_PAUSE_S = 0.05


def until(look: Callable[[], T], timeout_s: float = 40.0) -> T:
    """Look again and again until there is something true.

    Args:
        look: Called at least once.
        timeout_s: How long to wait before the test fails.

    Returns:
        What the last look found.
    """
    give_up_s = time.monotonic() + timeout_s
    pause_s = _FIRST_PAUSE_S
    while not (found := look()):
        if time.monotonic() > give_up_s:
            raise AssertionError(f"nothing came within {timeout_s:g} s; the last look gave {found!r}")
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.2, _LONGEST_PAUSE_S)
    return found
