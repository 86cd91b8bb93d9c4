"""The window: records in poll order, given out when they are finished.

The finished records at the beginning of a partition are its prefix, and the offset to commit stands behind them. A
first answer may also be given out before the prefix has come to it: it overtakes. It never overtakes a record of the
same ticket. Until the prefix passes it, the window remembers that it was given out.

Pure bookkeeping: no clock, no thread, no Kafka. Offsets to commit come from what this class gives
back, never from the consumer's position, which runs ahead of what is finished.
"""

from collections import deque
from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from consumer.categorizer.envelope import Envelope
from consumer.kafka.records import TopicPartition

# A partition with so many records between its prefix and its newest one is not read further, so that the others are.
FULL_RECORDS = 8_192
_RESUME_RECORDS = FULL_RECORDS * 3 // 4


class Taken(NamedTuple):
    """What is to be committed next.

    Attributes:
        finished: given out now, in an order that is that of offsets for each ticket.
        passed: by the prefix of each partition, in the order of its offsets; given out now or earlier.
        first_offsets: of partitions with overtakers among the finished, the offset of the record at which the prefix
            stands.
    """

    finished: list[Envelope]
    passed: list[Envelope]
    first_offsets: dict[TopicPartition, int]


NOTHING: Final = Taken([], [], {})


class _Lane:
    """One partition.

    Attributes:
        records: that the prefix has not passed.
        passed: how many it has passed.
        tickets: the records of each ticket that are not given out, in order; a single one stands by itself.
        ready: overtakers that may be given out, unless the prefix was faster.
        far: those that may be when the prefix has moved.
    """

    __slots__ = ("_span", "far", "passed", "ready", "records", "tickets")

    def __init__(self, span: int) -> None:
        self._span = span
        self.records: deque[Envelope] = deque()
        self.passed = 0
        self.tickets: dict[str, Envelope | deque[Envelope]] = {}
        self.ready: deque[Envelope] = deque()
        self.far: list[Envelope] = []

    def add(self, envelope: Envelope) -> None:
        envelope.place = self.passed + len(self.records)
        self.records.append(envelope)
        if not envelope.is_answered_in_turn:
            return
        ticket_id = envelope.decoded["ticket_id"]
        waiting = self.tickets.get(ticket_id)
        if waiting is None:
            self.tickets[ticket_id] = envelope
        elif isinstance(waiting, deque):
            waiting.append(envelope)
        else:
            self.tickets[ticket_id] = deque((waiting, envelope))

    def finished(self, envelope: Envelope) -> None:
        """Its outcome is known: it may be given out when it is the first record of its ticket."""
        if self._span and envelope.may_overtake and self._first_of_ticket(envelope) is envelope:
            self.ready.append(envelope)

    def next_overtaker(self) -> Envelope | None:
        """The first one that may be given out now."""
        while self.ready:
            envelope = self.ready[0]
            if not envelope.given and envelope.place - self.passed < self._span:
                return envelope
            self.ready.popleft()
            if not envelope.given:
                self.far.append(envelope)
        return None

    def passes(self) -> Envelope:
        """The prefix passes its first record."""
        self.passed += 1
        if self.far:
            self.ready.extend(self.far)
            self.far = []
        return self.records.popleft()

    def give(self, envelope: Envelope) -> Envelope:
        """It is given out; the next record of its ticket may be finished already."""
        envelope.given = True
        if envelope.is_answered_in_turn:
            ticket_id = envelope.decoded["ticket_id"]
            waiting = self.tickets[ticket_id]
            if isinstance(waiting, deque) and len(waiting) > 1:
                waiting.popleft()
                self.finished(waiting[0])
            else:
                del self.tickets[ticket_id]
        return envelope

    def _first_of_ticket(self, envelope: Envelope) -> Envelope:
        waiting = self.tickets[envelope.decoded["ticket_id"]]
        return waiting[0] if isinstance(waiting, deque) else waiting


class Window:
    """Records between poll and commit.

    Args:
        span: an answer overtakes only when fewer records than this stand between it and the prefix of its partition;
            with 0 none does, and answers leave in the order of their partition.

    Attributes:
        records: that no prefix has passed.
        bytes: of these.
        waiting: how many of these are not given out.
    """

    def __init__(self, span: int = 0) -> None:
        self._span = span
        self._lanes: dict[TopicPartition, _Lane] = {}
        self._full: set[TopicPartition] = set()
        self.records = 0
        self.bytes = 0
        self.waiting = 0

    def add(self, envelope: Envelope) -> None:
        """Append a record to its partition's lane, in the order in which it was polled."""
        partition = envelope.partition
        lane = self._lanes.get(partition)
        if lane is None:
            lane = self._lanes[partition] = _Lane(self._span)
        lane.add(envelope)
        self.records += 1
        self.bytes += envelope.size
        self.waiting += 1

    def finished(self, envelopes: Iterable[Envelope]) -> None:
        """The outcomes of these are known. What was dropped meanwhile is left aside."""
        for envelope in envelopes:
            if not envelope.dropped and not envelope.given:
                self._lanes[envelope.partition].finished(envelope)

    def holds(self, partition: TopicPartition) -> bool:
        """Whether a record of this partition is in it."""
        lane = self._lanes.get(partition)
        return lane is not None and bool(lane.records)

    def full(self) -> Collection[TopicPartition]:
        """The partitions that are not to be read further, with hysteresis; none when nothing overtakes."""
        if not self._span:
            return self._full
        self._full = {
            partition
            for partition, lane in self._lanes.items()
            if len(lane.records) >= (_RESUME_RECORDS if partition in self._full else FULL_RECORDS)
        }
        return self._full

    def take(self, max_records: int, max_bytes: int, only: Collection[TopicPartition] | None = None) -> Taken:
        """Give out what is finished and may go, within the bounds: of each partition its prefix first.

        At least one record is given out when any may go, however large it is.
        """
        room = _Room(max_records, max_bytes)
        taken = Taken([], [], {})
        lanes = [(partition, lane) for partition, lane in self._lanes.items() if only is None or partition in only]
        for _, lane in lanes:
            self._take_prefix(lane, room, taken)
        for partition, lane in lanes:
            if lane.ready:
                self._take_overtakers(partition, lane, room, taken)
        self.records -= len(taken.passed)
        self.bytes -= sum(envelope.size for envelope in taken.passed)
        self.waiting -= len(taken.finished)
        return taken

    def drop(self, partitions: Collection[TopicPartition]) -> list[Envelope]:
        """Forget every record of these partitions: they go to another member, or will be read again."""
        dropped: list[Envelope] = []
        for partition in partitions:
            if lane := self._lanes.pop(partition, None):
                dropped.extend(lane.records)
        for envelope in dropped:
            envelope.dropped = True
        self.records -= len(dropped)
        self.bytes -= sum(envelope.size for envelope in dropped)
        self.waiting -= sum(not envelope.given for envelope in dropped)
        return dropped

    def _take_prefix(self, lane: _Lane, room: "_Room", taken: Taken) -> None:
        records = lane.records
        while records and (records[0].given or (records[0].outcome is not None and room.has(records[0]))):
            envelope = lane.passes()
            taken.passed.append(envelope)
            if not envelope.given:
                room.takes(envelope)
                taken.finished.append(lane.give(envelope))

    def _take_overtakers(self, partition: TopicPartition, lane: _Lane, room: "_Room", taken: Taken) -> None:
        while (envelope := lane.next_overtaker()) is not None and room.has(envelope):
            room.takes(envelope)
            taken.finished.append(lane.give(envelope))
            taken.first_offsets[partition] = lane.records[0].record.position.offset


class _Room:
    """What still goes into a transaction; the first record in any case."""

    def __init__(self, records: int, size_bytes: int) -> None:
        self._records = records
        self._bytes = size_bytes
        self._is_empty = True

    def has(self, envelope: Envelope) -> bool:
        return self._records > 0 and (self._is_empty or envelope.size <= self._bytes)

    def takes(self, envelope: Envelope) -> None:
        self._records -= 1
        self._bytes -= envelope.size
        self._is_empty = False
