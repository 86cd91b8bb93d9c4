"""People who read answers as they come, and say what is wrong: they are there as long as the demo needs them."""

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Self, cast

from consumer.commands.publish import Publisher
from consumer.commands.tail import Tail
from sandbox.demo import STALLED_S, DemoFailed
from sandbox.labelled import Labelled
from sandbox.people import is_right, judgement, person_of, verdict
from sandbox.system import Sandbox
from schemas.events import TicketCategorized

_LOOK_EVERY_S = 0.05


class Read(NamedTuple):
    """An answer as somebody reads it.

    Attributes:
        answer: the first one that is not provisional.
        at_s: when it was read, by the monotonic clock.
    """

    answer: TicketCategorized
    at_s: float


class Crowd:
    """Reads every answer in a thread of its own, and publishes what people say; use it with `with`.

    They correct every wrong answer, confirm some of the right ones, and judge all that were drawn for the audit. Each
    ticket is looked at by one of them.

    Args:
        system: runs.
    """

    def __init__(self, system: Sandbox) -> None:
        self._system = system
        self._settings = system.settings()
        self._people = Publisher(self._settings)
        self._publisher = Publisher(self._settings)
        self._gold: dict[str, Labelled] = {}
        self._read: dict[str, Read] = {}
        self._provisional: set[str] = set()
        self._verdicts: dict[str, float] = {}
        self._ended = threading.Event()
        self._threads = ThreadPoolExecutor(1, "people")
        self._following = self._threads.submit(self._follow)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._threads.shutdown()

    @property
    def read(self) -> Mapping[str, Read]:
        """The answers that were read so far, by ticket_id, in the order in which they were read."""
        return dict(self._read)

    @property
    def provisional(self) -> int:
        """How many tickets got a provisional answer first, because the model did not answer."""
        return len(self._provisional)

    @property
    def verdicts(self) -> Mapping[str, float]:
        """When each judgement was published, by the monotonic clock and the ticket_id."""
        return dict(self._verdicts)

    def publish(self, tickets: Iterable[Labelled], *, judged: bool) -> None:
        """Send tickets.

        Args:
            tickets: with ids that nobody has sent before.
            judged: whether people look at the answers.
        """
        for ticket in tickets:
            if judged:
                self._gold[ticket.ticket_id] = ticket
            self._publisher.ticket(ticket.created(time.time_ns() // 1_000_000))

    def say(self, answer: TicketCategorized, gold: Labelled, by: str) -> None:
        """Publish what somebody says of an answer."""
        self._people.correction(judgement(answer, gold, time.time_ns() // 1_000_000, by))
        self._verdicts[gold.ticket_id] = time.monotonic()

    def wait_for(self, ticket_ids: Collection[str], answered: Callable[[int], None] = lambda _: None) -> None:
        """Wait until all of them have an answer that is not provisional.

        Args:
            ticket_ids: of tickets that were published.
            answered: called with how many are.

        Raises:
            DemoFailed: there was no progress for a minute.
            PartDied: a part of the sandbox ended.
        """
        moved_s, before = time.monotonic(), -1
        while (found := sum(ticket_id in self._read for ticket_id in ticket_ids)) < len(ticket_ids):
            self.check()
            answered(found)
            if found != before:
                moved_s, before = time.monotonic(), found
            elif time.monotonic() - moved_s > STALLED_S:
                raise DemoFailed(f"{found} of {len(ticket_ids)} tickets were answered, then nothing more came")
            time.sleep(_LOOK_EVERY_S)
        answered(found)

    def check(self) -> None:
        """Check that service and people are well.

        Raises:
            DemoFailed: the broker did not take something.
            PartDied: a part of the sandbox ended.
        """
        self._system.check()
        if self._following.done():
            # Only an error ends it.
            self._following.result()
        if failures := [*self._people.failures, *self._publisher.failures]:
            raise DemoFailed(f"the broker did not take everything: {failures[0]}")

    def finish(self) -> None:
        """Wait until the broker has all that was said and sent.

        Raises:
            DemoFailed: it did not take something.
        """
        if failures := [*self._people.finish(), *self._publisher.finish()]:
            raise DemoFailed(f"the broker did not take everything: {failures[0]}")

    def _follow(self) -> None:
        tail = Tail(self._settings, self._settings.topics.categorized)
        try:
            for record in tail.waiting():
                if self._ended.is_set():
                    return
                if record is not None:
                    self._look_at(cast("TicketCategorized", tail.shown(record)["value"]))
        finally:
            tail.close()

    def _look_at(self, answer: TicketCategorized) -> None:
        ticket_id = answer["ticket_id"]
        if answer["provisional"]:
            self._provisional.add(ticket_id)
            return
        if ticket_id in self._read:
            return
        gold = self._gold.get(ticket_id)
        if gold is not None:
            said = verdict(answer, gold, time.time_ns() // 1_000_000, person_of(ticket_id))
            if said is not None:
                self._people.correction(said)
                self._verdicts[ticket_id] = time.monotonic()
        self._read[ticket_id] = Read(answer, time.monotonic())


def right_ones(read: Iterable[Read], gold: Mapping[str, Labelled]) -> int:
    """How many of the answers are right, category and subcategory."""
    return sum(is_right(one.answer, gold[one.answer["ticket_id"]]) for one in read)
