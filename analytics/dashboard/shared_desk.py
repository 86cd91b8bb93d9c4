"""The desk of one process: for several threads, and with a thread of its own that publishes what was said there."""

import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import structlog

from analytics.dashboard.review_desk import Pending, Refused, ReviewDesk, Unpublished
from analytics.reports.review import Judgement, ReviewTicket

log = structlog.get_logger()

Publish = Callable[[Judgement, datetime], None]
"""Publishes a judgement, given when it was made, and returns when the broker has it. The same ones again are the same
event. It raises NotPublished where the broker does not take it."""


class NotPublished(Exception):
    """A judgement was not taken by the broker, or not in time; the message is a sentence for people."""


class SharedDesk:
    """A `ReviewDesk` whose time is now.

    Args:
        publish: publishes one judgement.
    """

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._desk = ReviewDesk()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._hurries = self._stopping = False
        self._thread = threading.Thread(target=self._work, name="review", daemon=True)
        self._thread.start()

    def offer(self, visitor: str, by: str | None, candidates: Iterable[ReviewTicket], most: int) -> list[ReviewTicket]:
        """See `ReviewDesk.offer`."""
        with self._lock:
            return self._desk.offer(visitor, by, candidates, most, time.monotonic())

    def unwanted(self, visitor: str) -> list[str]:
        """See `ReviewDesk.unwanted`."""
        with self._lock:
            return self._desk.unwanted(visitor)

    def judge(self, visitor: str, event_id: str, label: tuple[str, str | None], by: str | None) -> Pending | Refused:
        """See `ReviewDesk.judge`."""
        with self._lock:
            result = self._desk.judge(visitor, event_id, label, by, datetime.now(UTC), time.monotonic())
        self._wake.set()
        return result

    def ticket_of(self, visitor: str, event_id: str) -> ReviewTicket | None:
        """Return a ticket that the visitor holds."""
        with self._lock:
            return self._desk.held(visitor, event_id)

    def undo(self, visitor: str, number: int) -> ReviewTicket | None:
        """See `ReviewDesk.undo`."""
        with self._lock:
            return self._desk.undo(visitor, number, time.monotonic())

    def skip(self, visitor: str, event_id: str) -> None:
        """See `ReviewDesk.skip`."""
        with self._lock:
            self._desk.skip(visitor, event_id, time.monotonic())

    def leave(self, visitor: str) -> None:
        """See `ReviewDesk.leave`."""
        with self._lock:
            self._desk.leave(visitor)

    def unpublished(self) -> Unpublished:
        """See `ReviewDesk.unpublished`."""
        with self._lock:
            return self._desk.unpublished()

    def hurry(self) -> None:
        """Publish everything from now on at once, whether it could still be undone or not."""
        with self._lock:
            self._hurries = True
        self._wake.set()

    def stop(self, longest_s: float) -> list[Judgement]:
        """Publish everything, and stop. Nobody may judge any more.

        Args:
            longest_s: how long to try.

        Returns:
            What could not be published in that time.
        """
        self._stopping = True
        self.hurry()
        self._thread.join(longest_s)
        with self._lock:
            return self._desk.left()

    def _work(self) -> None:
        while self._wait():
            with self._lock:
                due = self._desk.due(time.monotonic())
            for pending in due:
                self._publish_one(pending)

    def _wait(self) -> bool:
        """Wait until something may be due; whether to go on."""
        self._wake.clear()
        with self._lock:
            if self._hurries:
                self._desk.hurry(time.monotonic())
            due_s = self._desk.next_due_s()
            if self._stopping and due_s is None:
                return False
        self._wake.wait(None if due_s is None else max(0.0, due_s - time.monotonic()))
        return True

    def _publish_one(self, pending: Pending) -> None:
        reason = ""
        try:
            self._publish(pending.judgement, pending.judged_at)
        except NotPublished as error:
            reason = str(error)
        except Exception:
            log.exception("review.publishing_failed")
            reason = "The service's log says why."
        with self._lock:
            if reason:
                self._desk.failed(pending.number, reason, time.monotonic())
            else:
                self._desk.published(pending.number)
        if reason and not pending.failures:
            log.warning("review.not_published", event_id=pending.judgement.ticket.event_id, detail=reason)
