"""The three framings of a record's value, which differ in their first bytes."""

from typing import Final, Literal

EventFormat = Literal["confluent", "single-object", "json"]

CONFLUENT_MAGIC: Final = b"\x00"
CONFLUENT_HEADER_BYTES: Final = 5
"""Magic byte and 4-byte schema id, big-endian. Source: Confluent Schema Registry, "Wire format"."""

SINGLE_OBJECT_MAGIC: Final = b"\xc3\x01"
SINGLE_OBJECT_HEADER_BYTES: Final = 10
"""Marker and CRC-64-AVRO fingerprint, little-endian. Source: Avro 1.12 specification, "Single-object encoding"."""

JSON_FIRST_BYTES: Final = frozenset(b"{ \t\r\n\xef")
"""An object, white space before it, or the first byte of a byte order mark."""


def confluent_header(schema_id: int) -> bytes:
    """Return the bytes before an Avro body whose schema has this id in the registry."""
    return CONFLUENT_MAGIC + schema_id.to_bytes(4, "big")


def single_object_header(fingerprint: bytes) -> bytes:
    """Return the bytes before an Avro body whose schema has this fingerprint."""
    return SINGLE_OBJECT_MAGIC + fingerprint
