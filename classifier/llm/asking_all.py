"""Asks an LLM about many tickets, one by one or some at once: what becomes of each failure is decided here."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from classifier.llm.asking import Asked
from classifier.llm.chat.failures import Failure

if TYPE_CHECKING:
    from concurrent.futures import Future

_LONGEST_WAIT_S: Final = 60.0
# Of one ticket, before it is left out.
_TRIES: Final = 4
_WAITS: Final = 30
# Tickets in a row that the endpoint failed at, before it is taken to be down.
_IN_A_ROW: Final = 5
_ENDS: Final = frozenset({"budget_spent", "payment_required"})


class Ticket(NamedTuple):
    """What is asked about, cleaned."""

    subject: str
    description: str


class Stopped(Exception):
    """No further ticket can be asked about.

    Attributes:
        failure: why.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


class Wait(NamedTuple):
    """The same ticket is asked about again after this time."""

    seconds: float


def next_step(failure: Failure, tries: int, waits: int) -> Wait | Failure | Stopped:
    """What follows a failure: another try, the next ticket (the failure is its result), or the end.

    Args:
        failure: of the last try.
        tries: that were made for this ticket, this one included.
        waits: of this ticket for a limit, before this one.
    """
    if failure.code in _ENDS or failure.status in {401, 403, 404}:
        return Stopped(failure)
    if failure.status == 429:
        wait_s = min(failure.retry_after_s or 1.0, _LONGEST_WAIT_S)
        return Wait(wait_s) if waits < _WAITS else Stopped(failure)
    if failure.status == 503 and tries < _TRIES:
        return Wait(min(failure.retry_after_s or 2.0 ** (tries - 1), _LONGEST_WAIT_S))
    return failure


def ask_all(
    tickets: Sequence[Ticket], ask: Callable[[str, str], Asked | Failure], at_once: int, stop: threading.Event
) -> Iterator[tuple[int, Asked | Failure]]:
    """Ask about tickets; each result comes with the ticket's number, as soon as it is there.

    Args:
        tickets: in the order of asking.
        ask: about subject and description.
        at_once: so many tickets.
        stop: ends the pauses. A caller that abandons the iterator sets it.

    Raises:
        Stopped: the budget is spent, no request can succeed, or five tickets in a row found the endpoint down.
    """
    failed, stopped = 0, None
    numbers = iter(range(len(tickets)))
    with ThreadPoolExecutor(at_once, "ask") as pool:
        waiting: dict[Future[Asked | Failure | Stopped], int] = {}
        try:
            while True:
                for number in islice(numbers, 0 if stopped else at_once - len(waiting)):
                    waiting[pool.submit(_asked, tickets[number], ask, stop)] = number
                if not waiting:
                    break
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    number, result = waiting.pop(future), future.result()
                    failed = failed + 1 if isinstance(result, Failure) and result.status == 503 else 0
                    if isinstance(result, Failure) and failed >= _IN_A_ROW:
                        result = Stopped(result)
                    if isinstance(result, Stopped):
                        stopped = stopped or result
                        stop.set()
                    elif isinstance(result, Asked) or stopped is None:
                        # What is under way at the end is paid for.
                        yield number, result
        finally:
            stop.set()
    if stopped:
        raise stopped


def _asked(
    ticket: Ticket, ask: Callable[[str, str], Asked | Failure], stop: threading.Event
) -> Asked | Failure | Stopped:
    tries = waits = 0
    while True:
        result = ask(*ticket)
        if isinstance(result, Asked):
            return result
        step = next_step(result, tries + 1, waits)
        if not isinstance(step, Wait):
            return step
        if stop.wait(step.seconds):
            return result
        # A limit says nothing of the ticket.
        tries, waits = (tries, waits + 1) if result.status == 429 else (tries + 1, waits)
