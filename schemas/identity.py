"""Identifiers that can be computed again from a record's position."""

import uuid
from hashlib import sha1
from typing import Final

NAMESPACE: Final = uuid.UUID("e8f6d491-b4b9-40c9-81f4-fe636d874cfb")

_NAMESPACE_BYTES: Final = NAMESPACE.bytes
# The two highest bits of this digit are 1 and 0 (RFC 9562, section 4.1).
_VARIANT: Final = {digit: f"{int(digit, 16) & 3 | 8:x}" for digit in "0123456789abcdef"}


def event_id(topic: str, partition: int, offset: int, revision: int) -> str:
    """Return the event_id of one answer to the record at this position.

    It is the name-based UUID of RFC 9562, section 5.5, with the name `topic|partition|offset|revision`.
    `uuid.uuid5` gives the same result but takes six times as long, and every ticket needs one.
    """
    return named(f"{topic}|{partition}|{offset}|{revision}")


def named(name: str) -> str:
    """Return the version 5 UUID of a name in this project's namespace, in its text form."""
    text = sha1(_NAMESPACE_BYTES + name.encode(), usedforsecurity=False).hexdigest()
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:32]}"
