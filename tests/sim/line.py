"""The line between one client and the broker, and what may happen to a request on it."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException

from consumer.time_limit import StillRunning
from tests.sim.broker import Clock
from tests.sim.refused import Refused

T = TypeVar("T")

# As long as the client waits before it sends a request again.
AGAIN_AFTER_S = 1.0
# What is still under way may come so late.
LATE_S = 4.0
# Longer than any call is tried again.
SILENCE_S = 25.0
ATTEMPT_S = 6.0


class Request(Enum):
    """What a transactional producer asks."""

    INIT = auto()
    PRODUCE = auto()
    OFFSETS = auto()
    END = auto()


class Mishap(Enum):
    """What happens to a request."""

    REQUEST_LOST = auto()
    ANSWER_LOST = auto()
    # The client has sent it again before it arrives, which it does just before one of the next.
    LATE = auto()
    # Nothing is heard of the broker for longer than any call waits, and the request has arrived, or not, or will.
    SILENCE_BEFORE = auto()
    SILENCE_AFTER = auto()
    SILENCE_AND_LATE = auto()
    # The client never returns from the call, and the request has arrived or will.
    STUCK_AFTER = auto()
    STUCK_AND_LATE = auto()
    # The process dies, or does nothing for a while in which others go on.
    DIES_BEFORE = auto()
    DIES_AFTER = auto()
    FREEZES_BEFORE = auto()
    FREEZES_AFTER = auto()


class Killed(BaseException):
    """The process is no more."""


@dataclass
class Refusal:
    """The answer to every request but the first ones.

    Attributes:
        code: of the error.
        passing: so many are not refused.
    """

    code: int
    passing: int = 0

    def answer(self) -> None:
        self.passing -= 1
        if self.passing < 0:
            raise Refused(self.code)


@dataclass
class Line:
    """Of one process.

    Attributes:
        clock: everybody's.
        wait: lets time pass for everybody.
        meanwhile: what others do while this process is frozen.
        look: whether all is well, when something has arrived late.
        mishaps: what happens to the next request of each kind.
        late_by: how many of the next requests arrive before one that is late.
        refusals: the broker's answers to all requests of a kind.
    """

    clock: Clock
    wait: Callable[[float], None]
    meanwhile: Callable[[], None]
    look: Callable[[], None]
    mishaps: dict[Request, Mishap] = field(default_factory=dict)
    late_by: int = 1
    refusals: dict[Request, Refusal] = field(default_factory=dict)
    _late: list[tuple[int, Callable[[], object]]] = field(default_factory=list)
    _silent_until_s: float = 0.0

    def ask(self, kind: Request, request: Callable[[], T]) -> T:
        """Send a request and wait for its answer, as the client library would."""
        silent_s = self._silent_until_s - self.clock()
        if silent_s > 0 and kind is not Request.INIT:
            self._time_out()
        # To open a producer takes longer before it is given up.
        self.wait(max(0.0, silent_s))
        self.arrive()
        mishap = self.mishaps.pop(kind, None)
        self._before(mishap, request)
        if kind in self.refusals:
            self.refusals[kind].answer()
        answer = request()
        if mishap is Mishap.DIES_AFTER:
            raise Killed
        if mishap is Mishap.FREEZES_AFTER:
            self.meanwhile()
        return answer

    def _before(self, mishap: Mishap | None, request: Callable[[], object]) -> None:
        match mishap:
            case Mishap.REQUEST_LOST:
                self.wait(AGAIN_AFTER_S)
            case Mishap.ANSWER_LOST:
                request()
                self.wait(AGAIN_AFTER_S)
            case Mishap.DIES_BEFORE:
                raise Killed
            case Mishap.FREEZES_BEFORE:
                self.meanwhile()
            case None | Mishap.DIES_AFTER | Mishap.FREEZES_AFTER:
                pass
            case _:
                self._leave_in_doubt(mishap, request)

    def _leave_in_doubt(self, mishap: Mishap, request: Callable[[], object]) -> None:
        if mishap in {Mishap.SILENCE_AFTER, Mishap.STUCK_AFTER}:
            request()
        if mishap in {Mishap.LATE, Mishap.SILENCE_AND_LATE, Mishap.STUCK_AND_LATE}:
            self._late.append((self.late_by, request))
        match mishap:
            case Mishap.LATE:
                self.wait(LATE_S)
            case Mishap.STUCK_AFTER | Mishap.STUCK_AND_LATE:
                raise StillRunning(mishap.name, _ended_thread())
            case _:
                self._silent_until_s = self.clock() + SILENCE_S
                self._time_out()

    def arrive(self, *, everything: bool = False) -> None:
        """What is late and due arrives, and no process waits for its answer any more."""
        due = [request for left, request in self._late if left <= 0 or everything]
        self._late = [] if everything else [(left - 1, request) for left, request in self._late if left > 0]
        for request in due:
            with suppress(Refused):
                request()
        if due:
            self.look()

    def _time_out(self) -> None:
        self.wait(ATTEMPT_S)
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "nothing is heard", False, True, False))


def _ended_thread() -> threading.Thread:
    """The thread of a call that never returns; it has ended, so that nothing has to wake it."""
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    return thread
