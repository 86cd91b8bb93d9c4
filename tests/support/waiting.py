"""Waiting for what other processes do: never longer than needed, and never for ever."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(look: Callable[[], T], timeout_s: float = 40.0, every_s: float = 0.05) -> T:
    """Look again until there is something true; what there is then."""
    give_up_s = time.monotonic() + timeout_s
    while not (found := look()):
        if time.monotonic() > give_up_s:
            raise AssertionError(f"nothing came within {timeout_s:g} s; the last look gave {found!r}")
        time.sleep(every_s)
    return found
