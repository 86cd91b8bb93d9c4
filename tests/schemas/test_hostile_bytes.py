"""Bytes made to hurt end in a named error, soon, and in little memory."""

import time
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.catalog import EVENTS, current, current_text, fingerprint_of
from schemas.codec import BadRecord, Decoder, Encoder, EventFormat
from schemas.events import EventName
from schemas.framing import single_object_header
from tests.support.event_examples import CREATED, EXAMPLES, POSITION, KeptSchemas, any_named_event, as_json, unhurried

HEADER = single_object_header(fingerprint_of(current("TicketCreated")))
GOOD = Encoder("TicketCreated", "single-object", "topic").encode(CREATED)
FORMATS: tuple[EventFormat, ...] = ("confluent", "single-object", "json")
LARGE = 900 * 1024


def varint(number: int) -> bytes:
    """Encode a long as Avro does: zigzag, seven bits a byte, lowest first."""
    rest = (number << 1 ^ number >> 63) & (1 << 64) - 1
    encoded = bytearray()
    while rest > 0x7F:
        encoded.append(rest & 0x7F | 0x80)
        rest >>= 7
    encoded.append(rest)
    return bytes(encoded)


def text(words: bytes) -> bytes:
    return varint(len(words)) + words


FOUR_TEXTS = text(b"e-1") + text(b"T-1") + text(b"subject") + text(b"description")
NO_LANGUAGE_NO_CHANNEL = b"\x00\x00"


HOSTILE: dict[str, tuple[str, bytes | None]] = {
    "tombstone": ("tombstone", None),
    "empty": ("bad_framing", b""),
    "bad magic": ("bad_framing", b"\x01\x02\x03"),
    "xml": ("bad_framing", b"<ticket/>"),
    "json array": ("bad_framing", b"[{}]"),
    "half a marker": ("bad_framing", b"\xc3"),
    "half a fingerprint": ("bad_framing", b"\xc3\x01\x01\x02\x03"),
    "half a schema id": ("bad_framing", b"\x00\x00\x00"),
    "unknown fingerprint": ("unknown_schema", b"\xc3\x01" + b"\x07" * 8 + GOOD[10:]),
    "no body": ("bad_framing", HEADER),
    "trailing byte": ("bad_framing", GOOD + b"\x00"),
    "twice": ("bad_framing", GOOD + GOOD),
    "trailing megabyte": ("bad_framing", GOOD + bytes(LARGE)),
    "huge string": ("bad_framing", HEADER + varint(1 << 40) + b"abc"),
    "hugest string": ("bad_framing", HEADER + varint((1 << 63) - 1) + b"abc"),
    "negative string": ("bad_framing", HEADER + varint(-1) + b"abc"),
    "lowest string": ("bad_framing", HEADER + varint(-(1 << 63)) + b"abc"),
    "endless varint": ("bad_framing", HEADER + b"\xff" * LARGE),
    "bad UTF-8": ("bad_framing", HEADER + text(b"\xff\xfe") + FOUR_TEXTS),
    "surrogate in UTF-8": ("bad_framing", HEADER + text(b"\xed\xa0\x80") + FOUR_TEXTS),
    "union branch 2": ("bad_framing", HEADER + FOUR_TEXTS + varint(2)),
    "union branch -3": ("bad_framing", HEADER + FOUR_TEXTS + varint(-3)),
    "huge map": ("bad_framing", HEADER + FOUR_TEXTS + NO_LANGUAGE_NO_CHANNEL + varint(1 << 60) + b"\x02a"),
    "negative map": ("bad_framing", HEADER + FOUR_TEXTS + NO_LANGUAGE_NO_CHANNEL + varint(-(1 << 62))),
    "map of nothing": ("bad_framing", HEADER + FOUR_TEXTS + NO_LANGUAGE_NO_CHANNEL + varint(1 << 40) + bytes(LARGE)),
    "time out of range": (
        "invalid_field",
        HEADER + FOUR_TEXTS + NO_LANGUAGE_NO_CHANNEL + b"\x00" + varint((1 << 63) - 1),
    ),
    "JSON cut off": ("bad_framing", b'{"ticket_id": "T-1", "subject": "'),
    "JSON with more behind": ("bad_framing", b'{"ticket_id": "T-1", "subject": ""} {}'),
    "JSON not UTF-8": ("bad_framing", b'{"ticket_id": "T-1", "subject": "\xff"}'),
    "JSON surrogate in UTF-8": ("bad_framing", b'{"ticket_id": "T-1", "subject": "\xed\xa0\x80"}'),
    "JSON in UTF-16": ("bad_framing", '{"ticket_id": "T-1"}'.encode("utf-16-le")),
    "JSON deep array": ("bad_framing", b'{"x": ' + b"[" * LARGE),
    "JSON deep object": ("bad_framing", b'{"x": ' * (LARGE // 6)),
    "JSON deep and closed": ("bad_framing", b'{"x": ' + b"[" * (LARGE // 2) + b"]" * (LARGE // 2) + b"}"),
    "JSON huge int": ("bad_framing", b'{"ticket_id": "T-1", "subject": "", "x": ' + b"9" * LARGE + b"}"),
    "JSON long int": ("invalid_field", b'{"ticket_id": "T-1", "subject": "", "created_at": ' + b"9" * 4000 + b"}"),
    "JSON huge exponent": ("invalid_field", b'{"ticket_id": "T-1", "subject": "", "created_at": 1e999999}'),
    "JSON NaN": ("bad_framing", b'{"ticket_id": "T-1", "subject": "", "created_at": NaN}'),
    "JSON -Infinity": ("bad_framing", b'{"ticket_id": "T-1", "subject": "", "x": -Infinity}'),
    "JSON key twice": ("bad_framing", b'{"ticket_id": "T-1", "ticket_id": "T-2", "subject": ""}'),
    "JSON lone surrogate": ("invalid_field", rb'{"ticket_id": "T-1", "subject": "\ud800"}'),
    "JSON reversed pair": ("invalid_field", rb'{"ticket_id": "T-1", "subject": "\udc00\ud800"}'),
    "JSON surrogate in a key": ("invalid_field", rb'{"ticket_id": "1", "subject": "", "attributes": {"\udfff": ""}}'),
    "byte order mark only": ("bad_framing", b"\xef\xbb\xbf"),
    "white space only": ("bad_framing", b" " * LARGE),
    "many empty objects": ("bad_framing", b'{"x": [' + b"{}," * (LARGE // 3)),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_value(name: str) -> None:
    """Each known attack is refused within a second, under its reason."""
    reason, value = HOSTILE[name]
    decoder = Decoder("TicketCreated")
    began_s = time.process_time()
    with pytest.raises(BadRecord) as caught:
        decoder.decode(value, POSITION)
    took_s = time.process_time() - began_s

    assert reason == caught.value.reason
    assert took_s < 1.0


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_value_in_memory(name: str) -> None:
    """No attack takes memory out of proportion to its length."""
    _, value = HOSTILE[name]
    decoder = Decoder("TicketCreated")
    tracemalloc.start()
    try:
        with pytest.raises(BadRecord):
            decoder.decode(value, POSITION)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes < 200_000 + 40 * len(value or b"")


@pytest.mark.parametrize("length", range(len(GOOD)))
def test_every_truncation(length: int) -> None:
    """A record cut off anywhere is refused."""
    with pytest.raises(BadRecord) as caught:
        Decoder("TicketCreated").decode(GOOD[:length], POSITION)

    assert caught.value.reason == "bad_framing"


def test_another_event() -> None:
    """The refusal of an event of a different kind names that kind."""
    value = Encoder("TicketCorrected", "single-object", "topic").encode(EXAMPLES["TicketCorrected"])

    with pytest.raises(BadRecord, match="TicketCorrected") as caught:
        Decoder("TicketCreated").decode(value, POSITION)

    assert caught.value.reason == "schema_mismatch"


def survives(event: EventName, value: bytes) -> None:
    """Decode hostile bytes: they are refused, or they are an event that can be written again."""
    registry = KeptSchemas(current_text(event))
    try:
        decoded = Decoder(event, registry).decode(value, POSITION)
    except BadRecord:
        return
    again = Encoder(event, "single-object", "topic").encode(decoded)

    assert decoded == Decoder(event).decode(again, POSITION)


@unhurried
@given(st.sampled_from(EVENTS), st.binary(max_size=200))
def test_random_bytes(event: EventName, value: bytes) -> None:
    """Random bytes never do anything but raise BadRecord."""
    survives(event, value)


@unhurried
@given(st.sampled_from(EVENTS), st.sampled_from(["confluent", "single-object", "json"]), st.binary(max_size=200))
def test_random_body(event: EventName, framing: EventFormat, body: bytes) -> None:
    """Nor do random bytes behind a good header."""
    headers = {
        "confluent": b"\x00\x00\x00\x00\x01",
        "single-object": single_object_header(fingerprint_of(current(event))),
        "json": b"{",
    }
    survives(event, headers[framing] + body)


@unhurried
@given(any_named_event, st.sampled_from(FORMATS), st.data())
def test_mutated_event(named: tuple[EventName, dict[str, Any]], framing: EventFormat, data: st.DataObject) -> None:
    """Nor does a good event with some bytes replaced, removed or put in."""
    event, fields = named
    value = bytearray(Encoder(event, framing, "topic", KeptSchemas()).encode(fields))
    for _ in range(data.draw(st.integers(1, 3))):
        first = data.draw(st.integers(0, len(value)))
        last = data.draw(st.integers(first, min(first + 3, len(value))))
        value[first:last] = data.draw(st.binary(max_size=3))
    survives(event, bytes(value))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@unhurried
@given(st.sampled_from(EVENTS), st.data())
def test_any_json_in_any_field(event: EventName, data: st.DataObject) -> None:
    """Nor does JSON of any type in any field."""
    name = data.draw(st.sampled_from(sorted(EXAMPLES[event])))
    survives(event, as_json(EXAMPLES[event] | {name: data.draw(_json)}))
