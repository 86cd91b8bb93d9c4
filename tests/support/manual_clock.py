"""A clock for tests of the guards and of the library."""

import threading


class ManualClock:
    """A clock that stands until it is moved, and that is moved by waiting; for one thread.

    Attributes:
        moment: What `now` says.
    """

    def __init__(self, moment: float = 1000.0) -> None:
        self.moment = moment

    def now(self) -> float:
        return self.moment

    def unix_us(self) -> int:
        return round(self.moment * 1e6)

    def wait(self, _condition: threading.Condition, timeout_s: float, /) -> None:
        self.moment += timeout_s
