"""Answers in the bytes of their records, and many of them as one body for ClickHouse. Pure.

The body is an Avro object container (Avro 1.12 specification, "Object Container Files") of one block. Avro encodes a
record as the plain concatenation of its fields, so the bytes that were committed are put into it as they are.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from io import BytesIO
from typing import Any, Final, Literal, NamedTuple
from zlib import crc32

from analytics.store.rows import SOURCE_COLUMNS, Row
from schemas import decoder
from schemas.avro_primitives import long, text
from schemas.avro_writer import body_writer
from schemas.catalog import current_text, without
from schemas.position import Position

EVENT: Final = "TicketCategorized"
SENTINEL_BYTES: Final = 16
# Any 16 bytes; the end of the only block is known by its length.
_SYNC_MARKER: Final = bytes(16)


class EncodedRow(NamedTuple):
    """An answer that was not decoded, and the position of its record.

    Attributes:
        value: holds the body, written with our current schema, up to its end.
        start: where in it the body begins.
        position: topic, partition and offset of its record.
    """

    value: bytes
    start: int
    position: Position

    @property
    def name(self) -> Literal["TicketCategorized"]:
        """The kind of event."""
        return EVENT

    def decoded(self) -> Row:
        """Return the answer, decoded and checked.

        Raises:
            BadRecord: it makes no row.
        """
        return Row(EVENT, decoder.own(EVENT, self.value, self.start), self.position)


class Container(NamedTuple):
    """Answers as one body.

    Attributes:
        body: an Avro object container.
        checksum: CRC-32 of the answers and their positions, the same for every sentinel.
    """

    body: bytes
    checksum: int


def encoded(row: Row) -> EncodedRow:
    """Return a decoded answer in the bytes of our current schema.

    Raises:
        BadRecord: the schema cannot hold it.
    """
    buffer = BytesIO()
    _body_writer()(buffer, row.event)
    return EncodedRow(buffer.getvalue(), 0, row.position)


def container(rows: Sequence[EncodedRow], sentinel: bytes) -> Container:
    """Put answers into one body.

    A body may be longer or shorter than what its schema describes, so that the next one is read from its middle, or
    not at all. Behind each stands the sentinel: where it is not read as it was written, nothing in the body holds.

    Args:
        rows: at least one.
        sentinel: `SENTINEL_BYTES` random bytes that no writer of the records can know.
    """
    heads: dict[tuple[str, int], bytes] = {}
    parts: list[bytes] = []
    checksum = 0
    for value, start, position in rows:
        partition = position[:2]
        head = heads.get(partition)
        if head is None:
            head = heads[partition] = text(partition[0]) + long(partition[1])
        place, body = head + long(position[2]), value[start:]
        checksum = crc32(body, crc32(place, checksum))
        parts += (place, body, sentinel)
    size = sum(map(len, parts))
    return Container(b"".join((_header(), long(len(rows)), long(size), *parts, _SYNC_MARKER)), checksum)


@cache
def _header() -> bytes:
    fields: list[dict[str, Any]] = [
        {"name": "record_topic", "type": "string"},
        {"name": "record_partition", "type": "int"},
        {"name": "record_offset", "type": "long"},
        *_columns(),
        {"name": "sentinel", "type": {"type": "fixed", "name": "Sentinel", "size": SENTINEL_BYTES}},
    ]
    schema = json.dumps({"type": "record", "name": "StoredAnswer", "fields": fields})
    return b"".join((b"Obj\x01", long(1), text("avro.schema"), text(schema), long(0), _SYNC_MARKER))


def _columns() -> Iterator[dict[str, Any]]:
    """The fields of an answer by the names of their columns; those of a record within it stand in its place."""
    # Without logical types, times are the numbers that they are.
    event = _with_third_branches(without(json.loads(current_text(EVENT)), {"logicalType", "doc", "default"}))
    for field in event["fields"]:
        inner = field["type"]
        if isinstance(inner, dict) and inner["type"] == "record":
            names = SOURCE_COLUMNS if field["name"] == "source" else {}
            yield from (part | {"name": names.get(part["name"], part["name"])} for part in inner["fields"])
        else:
            yield field


def _with_third_branches(schema: Any) -> Any:
    """Add a branch to each union: ClickHouse takes any other branch of a union of null and one type for null."""
    match schema:
        case dict():
            return {key: _with_third_branches(value) for key, value in schema.items()}
        case ["null", str(inner)]:
            return ["null", inner, "boolean"]
        case list():
            return [_with_third_branches(item) for item in schema]
        case _:
            return schema


@cache
def _body_writer() -> Any:
    return body_writer(json.loads(current_text(EVENT)))
