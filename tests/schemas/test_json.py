"""Plain JSON, as publishers write it by hand."""

import json
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import BadRecord, Decoder, Encoder
from schemas.events import EventName
from schemas.identity import event_id
from tests.support.event_examples import CATEGORIZED, CORRECTED, CREATED, EXAMPLES, POSITION, as_json, unhurried

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


TIMES: dict[str, tuple[Any, int]] = {
    "seconds": (1_763_842_000, 0),
    "seconds with a fraction": (1_763_842_000.123, 123),
    "milliseconds": (1_763_842_000_123, 123),
    "milliseconds with a fraction of zero": (1_763_842_000_123.0, 123),
    "milliseconds with a fraction": (1_763_842_000_123.9, 123),
    "microseconds": (1_763_842_000_123_999, 123),
    "seconds as text": ("1763842000", 0),
    "seconds with a fraction as text": ("1763842000.123", 123),
    "milliseconds as text": ("1763842000123", 123),
    "microseconds as text": ("1763842000123999", 123),
    "RFC 3339": ("2025-11-22T20:06:40.123Z", 123),
    "lower case": ("2025-11-22t20:06:40.123z", 123),
    "a space": ("2025-11-22 20:06:40.123+00:00", 123),
    "nine digits": ("2025-11-22T20:06:40.123456789Z", 123),
    "many digits": ("2025-11-22T21:06:40.1239999999+01:00", 123),
    "a comma": ("2025-11-22T20:06:40,123Z", 123),
    "one digit": ("2025-11-22T20:06:40.1Z", 100),
    "half hours": ("2025-11-22T14:36:40.123-05:30", 123),
    "Jira, Salesforce": ("2025-11-22T20:06:40.123+0000", 123),
    "India": ("2025-11-23T01:36:40+0530", 0),
    "hours alone": ("2025-11-22T21:06:40+01", 0),
    "Rails": ("2025-11-22 20:06:40 UTC", 0),
    "Ruby": ("2025-11-22 21:06:40 +0100", 0),
    "ServiceNow": ("2025-11-22 20:06:40", 0),
    "Java's zone": ("2025-11-22T21:06:40.123+01:00[Europe/Madrid]", 123),
    "no zone": ("2025-11-22T20:06:40.123", 123),
    "no dashes": ("20251122T200640Z", 0),
    "blanks around": (" 2025-11-22T20:06:40Z\n", 0),
    "mail": ("Sat, 22 Nov 2025 20:06:40 +0000", 0),
    "mail elsewhere": ("Sat, 22 Nov 2025 15:06:40 -0500 (EST)", 0),
    "mail of a server": ("22 Nov 2025 20:06:40 GMT", 0),
    "mail without a day": ("22 Nov 2025 15:06:40 EST", 0),
}  # fmt: skip


@pytest.mark.parametrize("name", TIMES)
def test_times(name: str) -> None:
    """The ways in which help desks write one moment; what is finer than a millisecond is cut off."""
    written, milliseconds = TIMES[name]

    assert decode(LEAST | {"created_at": written})["created_at"] == 1_763_842_000_000 + milliseconds


@pytest.mark.parametrize(
    ("written", "at_ms"),
    [
        ("2025-11-22", 1_763_769_600_000),
        ("2025-11-22T20:06Z", 1_763_841_960_000),
        ("22 Nov 2025 20:06 UTC", 1_763_841_960_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        (946_684_800, 946_684_800_000),
        (4_102_444_799, 4_102_444_799_000),
        (946_684_800_000, 946_684_800_000),
        (4_102_444_799_999_999, 4_102_444_799_999),
    ],
)
def test_times_with_parts_left_out_and_at_the_ends(written: Any, at_ms: int) -> None:
    """A day begins at midnight, a minute with its second 0, a leap second is the one after it."""
    assert decode(LEAST | {"created_at": written})["created_at"] == at_ms


@pytest.mark.parametrize("blank", ["", "  ", None])
def test_a_blank_time_is_absent(blank: str | None) -> None:
    """Exports write what they do not know as a text of nothing."""
    assert decode(LEAST | {"created_at": blank})["created_at"] == POSITION.timestamp_ms


@given(st.integers(946_684_800_000_000, 4_102_444_799_999_999))
def test_every_unit_of_every_time_is_told_apart(at_us: int) -> None:
    """From 2000 to 2099 a number means one time, whether it counts seconds, milliseconds or microseconds."""
    written = [at_us, at_us // 1000, at_us // 1_000_000, str(at_us), at_us // 1000 / 1000]
    read = [decode(LEAST | {"created_at": number})["created_at"] for number in written]

    assert read == [at_us // 1000] * 2 + [at_us // 1_000_000 * 1000] + [at_us // 1000] * 2


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
    assert expected == decode(LEAST | {"created_at": aware.strftime("%Y-%m-%dT%H:%M:%S.%f%z")})["created_at"]
    assert expected // 1000 == decode(LEAST | {"created_at": format_datetime(aware)})["created_at"] // 1000


@pytest.mark.parametrize(
    "written",
    [
        "yesterday",
        "20251122200640",
        "11/22/2025 20:06:40",
        "2025-13-22T20:06:40Z",
        "2025-11-22T25:06:40Z",
        "2025-11-22T20:06.5Z",
        "2025-11-22T20:06:40+99:00",
        "2025-11-22T20:06:40 CEST",
        "2025-W47-6T20:06:40Z",
        "\uff12025-11-22T20:06:40Z",
        "Sat, 31 Feb 2026 20:06:40 +0000",
        "Sat, 22 Nov 2025 20:06:40 CEST",
        "NaN",
        "1e9",
        "0x10",
        "9" * 100,
        10**30,
        1e300,
        True,
        False,
        [1],
        {},
    ],
)
def test_what_is_no_time(written: Any) -> None:
    """What is neither is refused, without being repeated."""
    refused = refusal(as_json(LEAST | {"created_at": written}))

    assert refused.reason == "invalid_field"
    assert refused.detail.startswith(("created_at: must be a time: ISO 8601", "created_at: not a time from 2000"))


@pytest.mark.parametrize("written", [0, -1, -1_763_842_000, 1_763_842_000_123_456_789, "1969-12-31T23:59:59Z"])
def test_times_before_2000_and_after_2099(written: Any) -> None:
    """What is a time, and none of a ticket, is refused by its name."""
    refused = refusal(as_json(LEAST | {"created_at": written}))

    assert (refused.reason, refused.detail) == ("invalid_field", "created_at: not a time from 2000 to 2099")


SCALARS: list[tuple[Any, str]] = [
    (12, "12"),
    (-12, "-12"),
    (12345678901234567890123, "12345678901234567890123"),
    (12.0, "12"),
    (-0.0, "0"),
    (1.5, "1.5"),
    (0.1, "0.1"),
    (1e15, "1000000000000000"),
    (1e22, "1e+22"),
    (True, "true"),
    (False, "false"),
    ("007", "007"),
]


@pytest.mark.parametrize(("written", "text"), SCALARS)
def test_every_text_may_be_any_scalar(written: Any, text: str) -> None:
    """Numbers and booleans are the texts of their letters, in every text of tickets and corrections."""
    names = ["event_id", "ticket_id", "subject", "description", "language", "channel"]
    ticket = decode(dict.fromkeys(names, written) | {"attributes": {"a": written}})
    names_of_a_correction = [
        "event_id",
        "ticket_id",
        "category",
        "subcategory",
        "judged_event_id",
        "corrected_by",
        "reason",
    ]
    correction = Decoder("TicketCorrected").decode(as_json(dict.fromkeys(names_of_a_correction, written)), POSITION)

    assert {name: ticket[name] for name in names} == dict.fromkeys(names, text)
    assert ticket["attributes"] == {"a": text}
    assert {name: correction[name] for name in names_of_a_correction} == dict.fromkeys(names_of_a_correction, text)


def test_a_ticket_as_help_desks_send_it() -> None:
    """Numbers for ids, attributes of every type, a time without a colon in its offset."""
    ticket = {
        "ticket_id": 12,
        "subject": "Refund",
        "description": None,
        "attributes": {"priority": 3, "vip": True, "x": None, "plan": "básico", "score": 1.0},
        "created_at": "2026-11-29T10:00:00.000+0000",
    }
    read = decode(ticket)

    assert (read["ticket_id"], read["subject"], read["description"]) == ("12", "Refund", "")
    assert read["attributes"] == {"priority": "3", "vip": "true", "plan": "básico", "score": "1"}
    assert read["created_at"] == 1_795_946_400_000


@unhurried
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.none() | st.booleans() | st.integers()))
def test_attributes_of_any_scalars(attributes: dict[str, Any]) -> None:
    """Nulls are left out; every other attribute is there as text."""
    read = decode(LEAST | {"attributes": attributes})["attributes"]

    assert {key: json.loads(text) for key, text in read.items()} == {
        key: value for key, value in attributes.items() if value is not None
    }


@pytest.mark.parametrize(
    ("field", "value", "detail"),
    [
        ("ticket_id", None, "ticket_id: missing"),
        ("ticket_id", [7], "ticket_id: must be text, a number, true or false"),
        ("ticket_id", 10**300, "ticket_id: longer than 256 characters"),
        ("subject", ["canary"], "subject: must be text, a number, true or false"),
        ("description", {"canary": 1}, "description: must be text, a number, true or false"),
        ("description", None, "description: missing, and so is subject"),
        ("language", {}, "language: must be text, a number, true or false"),
        ("attributes", "canary", "attributes: must be an object"),
        ("attributes", [], "attributes: must be an object"),
        ("attributes", {"a": 1, "tags": ["canary"]}, "attributes.tags: must be text, a number, true or false"),
        ("attributes", {"plan": {"canary": 1}}, "attributes.plan: must be text, a number, true or false"),
        ("attributes", {"k" * 100: []}, f"attributes.{'k' * 64}: must be text, a number, true or false"),
        ("attributes", {"a\nb\u202e": []}, "attributes.a?b?: must be text, a number, true or false"),
        ("event_id", [], "event_id: must be text, a number, true or false"),
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


def test_a_number_without_end_is_no_text() -> None:
    """JSON can write a number that no double holds."""
    refused = refusal(b'{"ticket_id": 1e999, "subject": ""}')

    assert (refused.reason, refused.detail) == ("invalid_field", "ticket_id: must be a finite number")


@pytest.mark.parametrize("event", ["TicketCategorized", "Operation", "Alert"])
def test_events_of_the_service_are_read_strictly(event: EventName) -> None:
    """What the service writes itself has its types, and no number is taken for a time in another unit."""
    texts = {"TicketCategorized": "ticket_id", "Operation": "instance", "Alert": "detail"}
    with pytest.raises(BadRecord, match=f"{texts[event]}: must be a string"):
        Decoder(event).decode(as_json(EXAMPLES[event] | {texts[event]: 12}), POSITION)


@pytest.mark.parametrize("timestamp_ms", [-1, 0, 1_763_842_000, 10**14])
def test_the_timestamp_of_a_source_is_read_as_it_was_written(timestamp_ms: int) -> None:
    """A publisher may give a record any timestamp, and it comes back unchanged."""
    answer = CATEGORIZED | {"source": CATEGORIZED["source"] | {"timestamp": timestamp_ms}}
    value = Encoder("TicketCategorized", "json", "t").encode(answer)

    assert Decoder("TicketCategorized").decode(value, POSITION) == answer


def test_key_given_twice() -> None:
    """Two values for one key are refused, for nobody knows which one was meant."""
    refused = refusal(json.dumps(LEAST).replace("}", ', "ticket_id": "T-2"}').encode())

    assert (refused.reason, refused.detail) == ("bad_framing", "the JSON gives a key twice in one object")
