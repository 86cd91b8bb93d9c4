"""Records of `ticket-recategorize`: the input's own bytes, and in headers what to answer."""

from typing import TYPE_CHECKING

from consumer.record import Message, Record
from schemas.codec import BadRecord
from schemas.position import Position

if TYPE_CHECKING:
    from consumer.record import Headers

_NAMES = ("ts-source-topic", "ts-source-partition", "ts-source-offset", "ts-source-timestamp", "ts-revision", "ts-asks")


def queue_message(topic: str, key: bytes, record: Record, source: Position, *, revision: int, asks: int) -> Message:
    """The queue's record that asks for `revision` of the ticket read from `source`."""
    values = (source.topic, source.partition, source.offset, source.timestamp_ms, revision, asks)
    ours: Headers = [(name, str(value).encode()) for name, value in zip(_NAMES, values, strict=True)]
    return Message(topic, key, record.value, [h for h in record.headers if h[0] not in _NAMES] + ours)


def read_queue_record(record: Record) -> tuple[Position, int, int]:
    """Source position, revision to answer and asks so far.

    Raises:
        BadRecord: a header is missing or no number.
    """
    texts = [record.header(name) for name in _NAMES]
    for name, text in zip(_NAMES, texts, strict=True):
        if text is None or (name != "ts-source-topic" and not text.removeprefix("-").isdecimal()):
            raise BadRecord("bad_framing", f"header {name} is missing or no number")
    topic, *numbers = [text or "" for text in texts]
    partition, offset, timestamp_ms, revision, asks = map(int, numbers)
    return Position(topic, partition, offset, timestamp_ms), revision, asks
