"""Records of `ticket-overrides`: what people decided for one text, and whether that still stands."""

import hashlib
from typing import Final, Literal

import msgspec

State = Literal["active", "retired"]

_SCOPE_DIGITS: Final = 16


class Override(msgspec.Struct, frozen=True, kw_only=True, tag_field="v", tag=1):
    """What people decided for all texts with one fingerprint. It holds no text, and nobody's name.

    Attributes:
        scope: whose tickets it is for; see `scope_of`.
        fingerprint: of the text (`consumer.answer.fingerprint`).
        category: what they decided, as they named it: it may have been renamed since.
        subcategory: the same; None where they named none.
        people: how many agree: 1, or 2 for two and more. 2 only where two gave different names that were not typed.
        state: only those that are active change answers.
        reason: why it is retired; None while it is active.
        correction_id: the event_id of the newest correction that counts.
        corrected_at: when that correction was made, in milliseconds since the epoch.
    """

    scope: str
    fingerprint: str
    category: str
    subcategory: str | None
    people: Literal[1, 2]
    state: State
    reason: str | None
    correction_id: str
    corrected_at: int

    @property
    def is_active(self) -> bool:
        """Whether it changes answers."""
        return self.state == "active"

    @property
    def key(self) -> bytes:
        """The key of its record."""
        return key_of(self.scope, self.fingerprint)


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Override)


def encode(override: Override) -> bytes:
    """The value of its record: JSON, in UTF-8."""
    return _ENCODER.encode(override)


def decode(value: bytes) -> Override:
    """The override that a record's value holds; fields that are not known here are ignored.

    Raises:
        ValueError: it holds none that this version can read.
    """
    try:
        return _DECODER.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"no override: {error}") from error


def key_of(scope: str, fingerprint: str) -> bytes:
    """The key of the record of a text in a scope."""
    return f"{scope}|{fingerprint}".encode()


def read_key(key: bytes) -> tuple[str, str]:
    """Scope and fingerprint of a record's key; a tombstone has nothing else.

    Raises:
        ValueError: it is no key of an override.
    """
    scope, bar, fingerprint = key.decode().rpartition("|")
    if not (bar and scope and fingerprint):
        raise ValueError("no key of an override: it has no scope or no fingerprint")
    return scope, fingerprint


def scope_of(taxonomy_name: str | None, group: str) -> str:
    """The scope of what is corrected: companies with taxonomies of different names share nothing in one topic.

    Args:
        taxonomy_name: the `name` in the taxonomy's file, which stays when its version changes; None where it has none.
        group: KAFKA_GROUP_ID, which is the scope then.
    """
    return hashlib.sha256(taxonomy_name.encode()).hexdigest()[:_SCOPE_DIGITS] if taxonomy_name else group
