"""When a batch is stored, when it is stored again, and when nothing more is read meanwhile. Times are monotonic."""

from consumer.bad_records.quarantine import Quarantine
from consumer.sink.batch import SinkBatch
from consumer.sink.pace import Pace
from consumer.sink.retry import Retry
from consumer.sink.topic_check import TopicCheck


class Schedule:
    """Of one sink.

    Args:
        quarantine: whether records are suspect.
        check: whether partitions are still to be checked.

    Attributes:
        pace: how large batches are.
        retry: the pauses of the batch that could not be stored or committed.
        more: whether more records wait to be read.
    """

    def __init__(self, quarantine: Quarantine, check: TopicCheck) -> None:
        self._quarantine = quarantine
        self._check = check
        self.pace = Pace()
        self.retry = Retry()
        self.more = False

    def is_due(self, batch: SinkBatch, now: float) -> bool:
        """Whether to store something now, while nothing else is stored: what is tried again, or else this batch."""
        if self.retry.is_pending:
            return self.retry.is_due(now)
        if self._check.is_pending or batch.is_empty:
            return self._check.is_pending
        # The sooner the records are known to be harmless, the fewer crashes make the sink read one by one.
        return self._quarantine.suspects or self.pace.is_due(
            len(batch.entries), batch.size_bytes, batch.age_s(now), more=self.more
        )

    def takes_more(self, batch: SinkBatch) -> bool:
        """Whether more records are read into this batch while the one before it is stored.

        A marker stands for all records of its partition that were read, and is taken back when a batch is committed. So
        while there are markers nothing is read beside what they stand for.
        """
        return not (
            self._quarantine.suspects
            or self._check.is_pending
            or self.pace.is_full(len(batch.entries), batch.size_bytes)
        )

    def roll_up_is_due(self, *, has_begun: bool) -> bool:
        """Whether there is time for a step, which may take as long as hundreds of records.

        While more of them wait there is one for each batch.
        """
        return not self.retry.is_pending and (has_begun or not self.more)
