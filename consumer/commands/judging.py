"""Publishes what people say of answers in the review."""

from datetime import datetime

from analytics.reports.review_tickets import Judgement
from consumer.commands.publish import Publisher
from consumer.config.settings import Settings
from consumer.errors import TicketstreamError
from schemas.codec import BadRecord
from schemas.events import TicketCorrected
from schemas.identity import named


def correction_of(judgement: Judgement, now: datetime) -> TicketCorrected:
    """Make the event of a judgement; the same judgement at the same time is the same event.

    Args:
        judgement: of an answer.
        now: when the person judged; an aware time.
    """
    corrected_at = int(now.timestamp() * 1000)
    ticket = judgement.ticket
    return {
        "event_id": named(f"review|{ticket.event_id}|{judgement.by or ''}|{corrected_at}"),
        "ticket_id": ticket.ticket_id,
        "category": judgement.category,
        "subcategory": judgement.subcategory,
        "judged_event_id": ticket.event_id,
        "origin": judgement.origin,
        "corrected_by": judgement.by,
        "reason": None,
        "corrected_at": corrected_at,
    }


class Judging:
    """Publishes judgements, with an idempotent producer. Not thread-safe.

    Args:
        settings: where, and in which format.

    Raises:
        ConfigurationError: a setting is missing, or librdkafka refuses one.
    """

    def __init__(self, settings: Settings) -> None:
        self._publisher = Publisher(settings)
        self.topic = settings.topics.corrected

    def send(self, judgement: Judgement, now: datetime) -> None:
        """Hand a judgement over; `failures` and `finish` tell what became of it.

        Raises:
            TicketstreamError: a field cannot be encoded, or the schema registry cannot be asked.
        """
        try:
            self._publisher.correction(correction_of(judgement, now))
        except BadRecord as error:
            raise TicketstreamError(f"the judgement cannot be sent: {error.detail}") from error

    def failures(self) -> list[str]:
        """Why judgements were not taken, those of which it is known by now and was not told before."""
        told = list(dict.fromkeys(self._publisher.failures))
        self._publisher.failures.clear()
        return told

    def finish(self) -> list[str]:
        """Wait until the broker has every judgement, 30 s at most; returns why not, as `failures` does."""
        self._publisher.finish()
        return self.failures()

    def publish(self, judgement: Judgement, now: datetime) -> None:
        """Publish one judgement, and wait until the broker has it.

        Raises:
            TicketstreamError: the broker did not take it, or it cannot be encoded.
        """
        self.send(judgement, now)
        if failures := self.finish():
            raise TicketstreamError(f"the judgement was not taken by the broker: {failures[0]}")
