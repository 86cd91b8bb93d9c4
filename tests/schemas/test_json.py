"""Plain JSON, as publishers write it by hand."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import BadRecord, Decoder, Encoder
from schemas.identity import event_id
from tests.support.event_examples import CATEGORIZED, CORRECTED, CREATED, POSITION, as_json, unhurried

LEAST: dict[str, Any] = {"ticket_id": "T-1", "description": "No puedo pagar"}


def decode(document: dict[str, Any]) -> dict[str, Any]:
    return Decoder("TicketCreated").decode(as_json(document), POSITION)


def refusal(value: bytes) -> BadRecord:
    with pytest.raises(BadRecord) as caught:
        Decoder("TicketCreated").decode(value, POSITION)
    return caught.value


def test_least_ticket() -> None:
    """An id and one text make a ticket; the rest follows from the record's position."""
    expected: dict[str, Any] = {
        "event_id": event_id("ticket-created", 3, 41, 0),
        "ticket_id": "T-1",
        "subject": "",
        "description": "No puedo pagar",
        "language": None,
        "channel": None,
        "attributes": {},
        "created_at": POSITION.timestamp_ms,
    }

    assert expected == decode(LEAST)


def test_subject_alone() -> None:
    """A subject without a description is enough."""
    decoded = decode({"ticket_id": "T-1", "subject": "Pago"})

    assert (decoded["subject"], decoded["description"]) == ("Pago", "")


def test_least_correction() -> None:
    """A correction needs the ticket and the category."""
    value = as_json({"ticket_id": "T-1", "category": "billing"})
    expected = {
        "event_id": event_id("ticket-created", 3, 41, 0),
        "ticket_id": "T-1",
        "category": "billing",
        "subcategory": None,
        "judged_event_id": None,
        "origin": "AGENT",
        "corrected_by": None,
        "reason": None,
        "corrected_at": POSITION.timestamp_ms,
    }

    assert expected == Decoder("TicketCorrected").decode(value, POSITION)


def test_null_is_absent() -> None:
    """A field given as null is taken as not given."""
    nulls = dict.fromkeys(["event_id", "subject", "language", "channel", "attributes", "created_at"])

    assert decode(LEAST) == decode(nulls | LEAST)


def test_defaults_are_not_shared() -> None:
    """Changing one decoded event leaves the next one alone."""
    decode(LEAST)["attributes"]["seen"] = "yes"

    assert decode(LEAST)["attributes"] == {}


def test_unknown_fields() -> None:
    """Unknown fields are ignored, with any content."""
    assert decode(LEAST) == decode(LEAST | {"priority": {"level": [1, None, "\ud800"]}})


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b" ", b"\r\n\t ", b"\xef\xbb\xbf \n"])
def test_before_the_object(before: bytes) -> None:
    """A byte order mark and white space may stand before the object, and white space after it."""
    value = before + as_json(CREATED) + b"\n"

    assert Decoder("TicketCreated").decode(value, POSITION) == CREATED


@pytest.mark.parametrize(
    "written",
    [
        1_763_842_000_123,
        1_763_842_000_123.0,
        1_763_842_000_123.9,
        "2025-11-22T20:06:40.123Z",
        "2025-11-22t20:06:40.123z",
        "2025-11-22 20:06:40.123+00:00",
        "2025-11-22T21:06:40.1239999999+01:00",
        "2025-11-22T14:36:40.123-05:30",
    ],
)
def test_times(written: float | str) -> None:
    """Times are epoch milliseconds or RFC 3339; what is finer than a millisecond is cut off."""
    assert decode(LEAST | {"created_at": written})["created_at"] == 1_763_842_000_123


@unhurried
@given(
    st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)),  # noqa: DTZ001 - the zone is drawn below.
    st.integers(-23 * 60, 23 * 60),
)
def test_rfc_3339(moment: datetime, offset_minutes: int) -> None:
    """Any date and time with any offset is the instant that it names."""
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    expected = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

    assert expected == decode(LEAST | {"created_at": aware.isoformat()})["created_at"]


@pytest.mark.parametrize(
    "written",
    [
        "yesterday",
        "1763842000123",
        "2025-11-22",
        "2025-11-22T20:06:40",
        "2025-11-22T20:06Z",
        "2025-13-22T20:06:40Z",
        "2025-11-22T25:06:40Z",
        "2025-W47-6T20:06:40Z",
        "\uff12025-11-22T20:06:40Z",
        "2025-11-22T20:06:40Z\n",
        True,
        [1],
        {},
    ],
)
def test_what_is_no_time(written: Any) -> None:
    """What is neither is refused, without being repeated."""
    refused = refusal(as_json(LEAST | {"created_at": written}))

    assert (refused.reason, refused.detail) == (
        "invalid_field",
        "created_at: must be a time: epoch milliseconds, or RFC 3339 with its offset from UTC",
    )


@pytest.mark.parametrize(
    ("field", "value", "detail"),
    [
        ("ticket_id", None, "ticket_id: missing"),
        ("ticket_id", 7, "ticket_id: must be a string"),
        ("subject", ["canary"], "subject: must be a string"),
        ("description", {"canary": 1}, "description: must be a string"),
        ("description", None, "description: missing, and so is subject"),
        ("language", False, "language: must be a string"),
        ("attributes", "canary", "attributes: must be an object"),
        ("attributes", {"canary": 7}, "attributes: must be a string"),
        ("attributes", {"canary": None}, "attributes: must be a string"),
        ("event_id", 7, "event_id: must be a string"),
        ("subject", "canary \ud800", "subject: must be valid Unicode: it holds half of a surrogate pair"),
    ],
)
def test_wrong_type(field: str, value: Any, detail: str) -> None:
    """A wrong type is refused by the name of the field, which stands without its value."""
    refused = refusal(as_json(LEAST | {field: value}))

    assert ("invalid_field", detail) == (refused.reason, refused.detail)


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"revision": 1.5}, "revision: must be a whole number of at most 32 bits"),
        ({"revision": 1 << 31}, "revision: must be a whole number of at most 32 bits"),
        ({"revision": True}, "revision: must be a whole number of at most 32 bits"),
        ({"confidence": "high"}, "confidence: must be a number"),
        ({"confidence": 10**400}, "confidence: must be a finite number"),
        ({"provisional": 0}, "provisional: must be true or false"),
        ({"decision": 1}, "decision: must be a string"),
        ({"alternatives": {}}, "alternatives: must be an array"),
        ({"alternatives": [{"category": "x"}]}, "alternatives.confidence: missing"),
        (
            {"source": {"topic": "t", "partition": 0, "offset": 0, "timestamp": 10**16}},
            "source.timestamp: must be a time: epoch milliseconds, or RFC 3339 with its offset from UTC",
        ),
        ({"source": []}, "source: must be an object"),
        ({"source": {"topic": "t", "partition": "0"}}, "source.partition: must be a whole number of at most 32 bits"),
    ],
)
def test_wrong_type_in_an_answer(changes: dict[str, Any], detail: str) -> None:
    """Within records and arrays the path to the field is named."""
    with pytest.raises(BadRecord) as caught:
        Decoder("TicketCategorized").decode(as_json(CATEGORIZED | changes), POSITION)

    assert ("invalid_field", detail) == (caught.value.reason, caught.value.detail)


def test_whole_numbers_with_a_fraction() -> None:
    """Some writers give every number a fraction; a fraction of zero is none."""
    document = json.loads(Encoder("TicketCategorized", "json", "topic").encode(CATEGORIZED))
    decoded = Decoder("TicketCategorized").decode(as_json(document | {"revision": 2.0}), POSITION)

    assert decoded["revision"] == 2
    assert isinstance(decoded["revision"], int)


def test_unknown_symbol() -> None:
    """A symbol that the schema does not have is read as UNKNOWN."""
    value = as_json(CORRECTED | {"origin": "SURVEY"})

    assert Decoder("TicketCorrected").decode(value, POSITION)["origin"] == "UNKNOWN"


def test_surrogate_pair() -> None:
    """A pair of escapes is one character, as JSON has it."""
    value = rb'{"ticket_id": "T-1", "subject": "\ud83d\ude00"}'

    assert Decoder("TicketCreated").decode(value, POSITION)["subject"] == "😀"


def test_nul_in_free_text() -> None:
    """NUL is a character like any other in free text."""
    assert decode(LEAST | {"subject": "a\x00b"})["subject"] == "a\x00b"


def test_key_given_twice() -> None:
    """Two values for one key are refused, for nobody knows which one was meant."""
    refused = refusal(json.dumps(LEAST).replace("}", ', "ticket_id": "T-2"}').encode())

    assert (refused.reason, refused.detail) == ("bad_framing", "the JSON gives a key twice in one object")
