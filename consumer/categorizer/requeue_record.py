"""Records of `ticket-recategorize`: the input's own bytes, and in headers what to answer."""

from typing import TYPE_CHECKING

from consumer.kafka.records import Message, Record
from schemas.codec import BadRecord
from schemas.position import Position

if TYPE_CHECKING:
    from consumer.kafka.records import Headers

# What the numbers may be; anything else could not be written into the answer.
_NUMBERS = {
    "ts-source-partition": range(2**31),
    "ts-source-offset": range(2**63),
    "ts-source-timestamp": range(-(2**63), 2**63),
    "ts-revision": range(1, 2**31),
    "ts-asks": range(2**31),
}
_NAMES = ("ts-source-topic", *_NUMBERS)
_MAX_DIGITS = 20


def queue_message(topic: str, key: bytes, record: Record, source: Position, *, revision: int, asks: int) -> Message:
    """The queue's record that asks for `revision` of the ticket read from `source`."""
    values = (source.topic, source.partition, source.offset, source.timestamp_ms, revision, asks)
    ours: Headers = [(name, str(value).encode()) for name, value in zip(_NAMES, values, strict=True)]
    return Message(topic, key, record.value, [h for h in record.headers if h[0] not in _NAMES] + ours)


def read_queue_record(record: Record) -> tuple[Position, int, int]:
    """Source position, revision to answer and asks so far.

    Raises:
        BadRecord: a header is missing, no number, or none that a record of ours can hold.
    """
    topic = record.header("ts-source-topic")
    if not topic:
        raise BadRecord("bad_framing", "header ts-source-topic is missing")
    partition, offset, timestamp_ms, revision, asks = (_number(record, name) for name in _NUMBERS)
    return Position(topic, partition, offset, timestamp_ms), revision, asks


def _number(record: Record, name: str) -> int:
    text = record.header(name) or ""
    # Python refuses to read numbers of many thousand digits, with an error of its own.
    if len(text) <= _MAX_DIGITS and text.removeprefix("-").isdecimal() and (number := int(text)) in _NUMBERS[name]:
        return number
    raise BadRecord("bad_framing", f"header {name} is missing or no possible number")
