"""Publishes what people say on the page."""

from datetime import datetime

from analytics.dashboard.shared_desk import NotPublished
from analytics.reports.review_tickets import Judgement
from consumer.commands.judging import correction_of
from consumer.commands.publish import Publisher
from consumer.config.settings import Settings
from consumer.errors import TicketstreamError
from schemas.codec import BadRecord

# A person waits for the word that it is kept; after it, it is tried again.
LONGEST_S = 5.0


class PageJudgements:
    """Publishes judgements one by one; connects with the first. For one thread.

    Args:
        settings: where, and in which format.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._publisher: Publisher | None = None

    def __call__(self, judgement: Judgement, judged_at: datetime) -> None:
        """Publish a judgement, and wait until the broker has it.

        Raises:
            NotPublished: it does not, or not in time.
        """
        try:
            self._publisher = self._publisher or Publisher(self._settings)
            self._publisher.correction(correction_of(judgement, judged_at))
            failures = self._publisher.finish(LONGEST_S)
        except BadRecord as error:
            raise NotPublished(f"the judgement cannot be sent: {error.detail}") from error
        except TicketstreamError as error:
            raise NotPublished(str(error)) from error
        if failures:
            # With another client: this one may be beyond repair, or send what is left in it much later.
            self._publisher = None
            raise NotPublished(failures[0])
