"""A topic's committed records up to where its log ends now, for programs that need all of them; and what comes then."""

import time
from collections.abc import Collection, Iterator, Mapping

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message
from confluent_kafka import TopicPartition as ClientPartition

from consumer.config.settings import Settings
from consumer.errors import BrokerTrouble
from consumer.kafka import admin
from consumer.kafka.asking import of_leader, watermarks
from consumer.kafka.consumer import record_of
from consumer.kafka.error_codes import PASSES, judge_poll_error
from consumer.kafka.records import Record

# Longer than a cluster needs to miss a broker and to choose another leader.
TIMEOUT_S = 20.0
# Longer than a transaction can live: what is open now is over by then.
QUIET_S = 30.0
_BATCH = 500
_LOOK_S = 0.1
# A topic that is followed is quiet for most of the time. A record ends this wait.
_FOLLOWING: Mapping[str, str | int] = {
    "isolation.level": "read_committed",
    "auto.offset.reset": "earliest",
    "fetch.wait.max.ms": 100,
}


class Follower:
    """Reads the committed records of a topic to its end, and then what is added; it joins no group. Not thread-safe.

    Args:
        settings: where the topic is.
        topic: that exists. Partitions that it gets later are not read.
    """

    def __init__(self, settings: Settings, topic: str) -> None:
        self._settings = settings
        self._topic = topic
        self._reader: Consumer | None = None

    def all(self) -> Iterator[Record]:
        """Every record up to where the log ends now, as `committed`; `more` goes on from there.

        Raises:
            BrokerTrouble: the broker did not answer or refused, or nothing came for as long as a transaction can live.
        """
        self.close()
        try:
            count = admin.partition_counts(self._settings).get(self._topic, 0)
            ranges = _ranges(self._settings, self._topic, range(count), None)
            begins = {number: ranges[number][0] if number in ranges else OFFSET_BEGINNING for number in range(count)}
            self._reader = _reader(self._settings, _FOLLOWING)
            self._reader.assign([ClientPartition(self._topic, number, begin) for number, begin in begins.items()])
            yield from _until_end(self._reader, self._topic, ranges, QUIET_S)
        except KafkaException as error:
            why = admin.why_unread(self._settings, self._topic, error)
            raise BrokerTrouble(f"{self._topic} could not be read: {why}") from error

    def more(self) -> list[Record]:
        """What has come since the last time; it never waits.

        Raises:
            BrokerTrouble: the broker refuses this reader for good.
        """
        records = []
        for received in self._reader.consume(_BATCH, 0) if self._reader is not None else ():
            error = received.error()
            if error is None:
                records.append(record_of(received))
            elif error.code() != KafkaError._PARTITION_EOF and error.code() not in PASSES:
                judge_poll_error(error, admin.why_unread(self._settings, self._topic, KafkaException(error)))
        return records

    def close(self) -> None:
        """Read no more."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def committed(
    settings: Settings,
    topic: str,
    numbers: Collection[int] | None = None,
    *,
    since_ms: int | None = None,
    quiet_s: float = QUIET_S,
) -> Iterator[Record]:
    """Every committed record of these partitions, or of all; open transactions are waited for.

    Args:
        settings: where the topic is.
        topic: that exists.
        numbers: of its partitions.
        since_ms: only records of this time and later, in milliseconds since the epoch.
        quiet_s: how long nothing may come before the end; longer than a transaction can live.

    Raises:
        BrokerTrouble: the broker did not answer, or nothing came for that long.
    """
    try:
        yield from _once(settings, topic, "read_committed", _ranges(settings, topic, numbers, since_ms), quiet_s)
    except KafkaException as error:
        raise BrokerTrouble(f"{topic} could not be read: {admin.why_unread(settings, topic, error)}") from error


def every(settings: Settings, topic: str, quiet_s: float = QUIET_S) -> Iterator[Record]:
    """Every record of a topic that its brokers hold, those of aborted and of open transactions too.

    Raises:
        BrokerTrouble: the broker did not answer, or nothing came for that long.
    """
    try:
        ranges = _ranges(settings, topic, None, None)
        yield from _once(settings, topic, "read_uncommitted", ranges, quiet_s)
    except KafkaException as error:
        raise BrokerTrouble(f"{topic} could not be read: {admin.why_unread(settings, topic, error)}") from error


def log_ends(settings: Settings, topic: str) -> dict[int, int]:
    """Where the log of each partition ends, open transactions included; empty partitions are left out.

    Raises:
        BrokerTrouble: the broker did not answer.
    """
    try:
        return {number: end for number, (_, end) in _ranges(settings, topic, None, None).items()}
    except KafkaException as error:
        raise BrokerTrouble(f"{topic} could not be read: {admin.why_unread(settings, topic, error)}") from error


def sizes(settings: Settings, topic: str, since_ms: int | None) -> int:
    """How many offsets `committed` will pass over, transaction markers included.

    Raises:
        BrokerTrouble: the broker did not answer.
    """
    try:
        return sum(end - begin for begin, end in _ranges(settings, topic, None, since_ms).values())
    except KafkaException as error:
        raise BrokerTrouble(f"{topic} could not be read: {admin.why_unread(settings, topic, error)}") from error


def _once(
    settings: Settings, topic: str, isolation: str, ranges: dict[int, tuple[int, int]], quiet_s: float
) -> Iterator[Record]:
    reader = _reader(settings, {"isolation.level": isolation})
    try:
        reader.assign([ClientPartition(topic, number, begin) for number, (begin, _) in ranges.items()])
        yield from _until_end(reader, topic, ranges, quiet_s)
    finally:
        reader.close()


def _until_end(reader: Consumer, topic: str, ranges: dict[int, tuple[int, int]], quiet_s: float) -> Iterator[Record]:
    """What a reader gets of the partitions that it has, until it has come to the end of each of these."""
    left = {number: end for number, (_, end) in ranges.items()}
    give_up_s = time.monotonic() + quiet_s
    while left:
        batch = _batch(reader)
        for received in batch:
            error = received.error()
            if error is None:
                yield record_of(received)
            elif error.code() in PASSES:
                # A leader moves, or a broker is away: the client finds the next one.
                continue
            elif error.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(error)
            elif (received.offset() or 0) >= left.get(received.partition() or 0, 0):
                left.pop(received.partition() or 0, None)
        # Counted from here: the caller may take long over the records.
        if batch:
            give_up_s = time.monotonic() + quiet_s
        if time.monotonic() > give_up_s:
            raise BrokerTrouble(f"{topic}: partitions {sorted(left)} could not be read to their end")


def _batch(reader: Consumer) -> list[Message]:
    """What is there, after a wait for the first: `consume` by itself waits for as many as it may return."""
    first = reader.poll(_LOOK_S)
    return [] if first is None else [first, *reader.consume(_BATCH - 1, 0)]


def _ranges(
    settings: Settings, topic: str, numbers: Collection[int] | None, since_ms: int | None
) -> dict[int, tuple[int, int]]:
    """Per partition the first offset and the end of the log, open transactions included; empty ranges are left out."""
    wanted = range(admin.partition_counts(settings)[topic]) if numbers is None else numbers
    reader = _reader(settings, {"isolation.level": "read_uncommitted"})
    try:
        found = {number: watermarks(reader, (topic, number), TIMEOUT_S) for number in wanted}
        if since_ms is not None:
            asked = [ClientPartition(topic, number, since_ms) for number in wanted]
            # Without an offset there is nothing as new as that.
            found = {
                first.partition: (
                    first.offset if first.offset >= 0 else found[first.partition][1],
                    found[first.partition][1],
                )
                for first in _offsets_at(reader, asked)
            }
    finally:
        reader.close()
    return {number: (begin, end) for number, (begin, end) in found.items() if end > begin}


def _offsets_at(reader: Consumer, asked: list[ClientPartition]) -> list[ClientPartition]:
    def ask(left_s: float) -> list[ClientPartition]:
        found: list[ClientPartition] = reader.offsets_for_times(asked, left_s)
        for answer in found:
            if answer.error is not None:
                raise KafkaException(answer.error)
        return found

    return of_leader(reader, asked[0].topic, ask, TIMEOUT_S) if asked else []


def _reader(settings: Settings, properties: Mapping[str, str | bool | int]) -> Consumer:
    return admin.reader(settings, {"enable.partition.eof": True, **properties})
