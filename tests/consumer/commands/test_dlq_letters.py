"""Dead letters as an operator sees them: what is read of one, which are chosen, and what may be done with it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from consumer.bad_records.dead_letter import OWN_HEADERS, DeadLetter, DeadLetterWriter
from consumer.bad_records.flood_acknowledgement import acknowledgement_key
from consumer.commands.dlq_letters import (
    Letter,
    Selection,
    State,
    mark,
    mark_key,
    parked,
    replayed,
    state_of,
    why_not_parked,
    why_not_replayed,
)
from consumer.config.settings import Topics
from consumer.kafka.records import Headers, Message, Record
from schemas.position import Position

TOPICS = Topics()
LETTERS = TOPICS.dead_letter
MARKS = TOPICS.marks
AT_MS = 1_763_842_000_123
POSITION = Position(LETTERS, 2, 17, AT_MS)
MAX_REPLAYS = 3
FAILED_AT = datetime(2026, 11, 22, tzinfo=UTC)
WRITER = DeadLetterWriter(LETTERS, "g", "1")

header_names = st.sampled_from([*sorted(OWN_HEADERS), "ts-origin-topic", "trace"]) | st.text(max_size=6)
header_values = (
    st.none()
    | st.binary(max_size=12)
    | st.text(max_size=12).map(str.encode)
    | st.sampled_from([TOPICS.created.encode(), TOPICS.categorized.encode(), b"2", b"3"])
)
headers_of_others = st.lists(st.tuples(header_names, header_values), max_size=6)
numbers = st.integers(min_value=0, max_value=2**62)
positions = st.builds(Position, st.just(LETTERS), numbers, numbers, numbers)


def a_letter(
    headers: Headers | None = None,
    *,
    state: State = State.open,
    key: bytes | None = b"T-1",
    value: bytes | None = b"v",
    position: Position = POSITION,
    **of_service: str,
) -> Letter:
    """A letter; `reason="x"` is its header `ts-reason`."""
    named: Headers = [(f"ts-{name}", text.encode()) for name, text in of_service.items()]
    return Letter(Record(position, key, value, [*(headers or []), *named]), state)


def test_a_letter_is_read_from_its_record() -> None:
    """Its id is the letter's own position; reason, topic and replays come from the headers, the ticket from the key."""
    letter = a_letter(reason="bad_framing", topic="ticket-created", partition="9", offset="99", replays="2")

    assert letter.letter_id == "2@17"
    assert (letter.reason, letter.topic, letter.ticket_id, letter.replays) == (
        "bad_framing",
        "ticket-created",
        "T-1",
        2,
    )


def test_the_headers_are_those_that_the_service_writes() -> None:
    """A letter made by the service is read without loss."""
    failed = Record(Position(TOPICS.created, 1, 41, AT_MS), b"T-7", b"?", [("ts-replays", b"1")])
    message = WRITER.message(failed, DeadLetter("invalid_field", "subject"), FAILED_AT)
    letter = Letter(Record(Position(LETTERS, 0, 0, 0), message.key, message.value, message.headers or []), State.open)

    assert (letter.reason, letter.topic, letter.ticket_id, letter.replays) == (
        "invalid_field",
        TOPICS.created,
        "T-7",
        1,
    )


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ([], ""),
        ([("ts-reason", None)], ""),
        ([("ts-reason", b"")], ""),
        ([("ts-reason", b"\xff\xfe")], ""),
        ([("TS-REASON", b"too_large")], ""),
        ([("ts-reason", b"too_large"), ("ts-reason", b"bad_framing")], "bad_framing"),
        ([("ts-reason", b"\x1b[2J")], "\x1b[2J"),
    ],
)
def test_a_hostile_header_is_read_as_text_or_as_none(headers: Headers, reason: str) -> None:
    """A missing, empty or undecodable header is empty text; of two, the last one counts."""
    assert a_letter(headers).reason == reason


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("7", 7),
        ("007", 7),
        ("999999999", 999_999_999),
        ("1000000000", 0),
        ("9" * 5000, 0),
        ("-1", 0),
        ("+1", 0),
        ("1.0", 0),
        (" 1", 0),
        ("", 0),
        ("٣", 0),
        ("²", 0),
    ],
)
def test_only_a_plain_number_counts_as_replays(text: str, number: int) -> None:
    """Publishers can write this header too: a text that is no number of up to nine digits counts as none."""
    assert a_letter(replays=text).replays == number


@pytest.mark.parametrize(("key", "ticket_id"), [(None, ""), (b"", ""), ("T-ñ".encode(), "T-ñ"), (b"T\xff", "T\ufffd")])
def test_a_key_is_shown_as_text(key: bytes | None, ticket_id: str) -> None:
    """A record without a key has an empty ticket id; bytes that are not UTF-8 are replaced."""
    assert a_letter(key=key).ticket_id == ticket_id


@given(headers_of_others, st.none() | st.binary(max_size=12), st.none() | st.binary(max_size=12))
def test_every_record_can_be_read_and_answered(headers: Headers, key: bytes | None, value: bytes | None) -> None:
    """No header, key or value of a publisher makes a letter unreadable, and each letter can be replayed or says why."""
    letter = a_letter(headers, key=key, value=value)
    why = why_not_replayed(letter, TOPICS, MAX_REPLAYS)

    assert letter.replays >= 0
    assert Selection(reason=letter.reason, topic=letter.topic, ticket_id=letter.ticket_id).holds(letter)
    assert (why is None) == (
        letter.topic in {TOPICS.created, TOPICS.corrected, TOPICS.recategorize} and letter.replays < MAX_REPLAYS
    )


FILTERS: list[dict[str, Any]] = [
    {"letter_ids": {"2@17"}},
    {"reason": "too_large"},
    {"topic": "ticket-created"},
    {"ticket_id": "T-1"},
    {"since_ms": AT_MS},
    {"until_ms": AT_MS + 1},
]
EXCLUDING: list[dict[str, Any]] = [
    {"letter_ids": {"2@16", "1@17", "17@2"}},
    {"reason": "too_larg"},
    {"reason": ""},
    {"topic": "ticket-corrected"},
    {"ticket_id": "T-11"},
    {"since_ms": AT_MS + 1},
    {"until_ms": AT_MS},
]


@pytest.mark.parametrize("chosen", FILTERS)
def test_a_filter_lets_its_letter_pass(chosen: dict[str, Any]) -> None:
    """Each filter alone accepts the letter it describes; the beginning of a span belongs to it, its end does not."""
    letter = a_letter(reason="too_large", topic="ticket-created")

    assert Selection(**chosen).holds(letter)
    assert not Selection(**chosen).is_everything


@pytest.mark.parametrize("chosen", EXCLUDING)
def test_a_filter_keeps_other_letters_out(chosen: dict[str, Any]) -> None:
    """Each filter alone refuses a letter that differs, however little; and it refuses it beside filters that accept."""
    letter = a_letter(reason="too_large", topic="ticket-created")
    accepting = {name: value for accepted in FILTERS for name, value in accepted.items()}

    assert not Selection(**chosen).holds(letter)
    assert Selection(**accepting).holds(letter)
    assert not Selection(**(accepting | chosen)).holds(letter)


def test_no_filter_is_everything() -> None:
    """It holds any letter, which the commands want to be said with `--all`; an empty text or a zero is a filter."""
    assert Selection().is_everything
    assert Selection().holds(a_letter())
    assert not Selection(reason="").is_everything
    assert not Selection(since_ms=0).is_everything


@given(positions, positions)
@example(Position(LETTERS, 1, 23, AT_MS), Position(LETTERS, 12, 3, AT_MS))
def test_a_mark_belongs_to_one_letter(one: Position, other: Position) -> None:
    """Letters that differ in partition, offset or time have different marks; none is an acknowledgement of a flood."""
    assume(one != other)
    letter = a_letter(position=one)

    assert mark_key(letter.record) != mark_key(a_letter(position=other).record)
    assert mark_key(letter.record) != acknowledgement_key((one.topic, one.partition))


@pytest.mark.parametrize("state", State)
def test_the_state_that_was_marked_is_read_back(state: State) -> None:
    """By the letter's key, beside marks of other letters; a topic that was made again has no marked letters."""
    letter = a_letter()
    other = a_letter(position=Position(LETTERS, 2, 18, AT_MS))
    recreated = a_letter(position=Position(LETTERS, 2, 17, AT_MS + 1))
    marks = _kept([mark(MARKS, letter, state), mark(MARKS, other, State.parked)])

    assert mark(MARKS, letter, state).topic == MARKS
    assert state_of(letter.record, marks) is state
    assert state_of(other.record, marks) is State.parked
    assert state_of(recreated.record, marks) is State.open


def test_a_later_mark_replaces_an_earlier_one() -> None:
    """Both have one key: the topic of marks is compacted and keeps the last."""
    letter = a_letter()

    assert state_of(letter.record, _kept([mark(MARKS, letter, State.replayed), mark(MARKS, letter, State.parked)])) is (
        State.parked
    )


@given(st.binary(max_size=12))
def test_a_mark_that_says_nothing_leaves_the_letter_open(value: bytes) -> None:
    """Bytes that name no state, UTF-8 or not, count as no mark."""
    assume(value not in {state.value.encode() for state in State})
    letter = a_letter()

    assert state_of(letter.record, {mark_key(letter.record): value}) is State.open


@pytest.mark.parametrize(
    ("letter", "why"),
    [
        (a_letter(topic=TOPICS.created), None),
        (a_letter(topic=TOPICS.corrected), None),
        (a_letter(topic=TOPICS.recategorize), None),
        (a_letter(topic=TOPICS.created, replays="2"), None),
        (a_letter(topic=TOPICS.created, replays="3"), "was replayed 3 times and failed again"),
        (a_letter(topic=TOPICS.created, truncated="true"), "too large"),
        (a_letter(topic=TOPICS.categorized), "would see it twice"),
        (a_letter(topic=TOPICS.telemetry), "would see it twice"),
        (a_letter(topic=TOPICS.dead_letter), "ticket-dead-letter, which is not a topic that this service reads"),
        (a_letter(topic="foreign"), "foreign, which is not a topic that this service reads"),
        (a_letter(), "an unknown topic"),
        (a_letter(topic=TOPICS.created, state=State.replayed), "was replayed already"),
        (a_letter(topic=TOPICS.created, state=State.parked), "was parked already"),
        (a_letter(topic="foreign", truncated="true", replays="9", state=State.parked), "was parked already"),
    ],
)
def test_a_letter_can_be_replayed_or_says_why_not(letter: Letter, why: str | None) -> None:
    """Only open, whole letters of a topic that this service alone reads, and below the limit of replays."""
    found = why_not_replayed(letter, TOPICS, MAX_REPLAYS)

    assert (found is None) == (why is None)
    assert (why or "") in (found or "")


def test_the_topics_are_those_of_the_settings() -> None:
    """Topics can be renamed; the default names are foreign then."""
    renamed = TOPICS.model_copy(update={"created": "in", "categorized": "out"})

    assert why_not_replayed(a_letter(topic="in"), renamed, MAX_REPLAYS) is None
    assert "not a topic" in (why_not_replayed(a_letter(topic="ticket-created"), renamed, MAX_REPLAYS) or "")
    assert "see it twice" in (why_not_replayed(a_letter(topic="out"), renamed, MAX_REPLAYS) or "")


def test_a_letter_is_parked_once() -> None:
    """An open one can be parked wherever it failed; a parked or replayed one cannot."""
    assert why_not_parked(a_letter(topic="foreign", truncated="true", replays="9")) is None
    assert why_not_parked(a_letter(state=State.parked)) == "was parked already"
    assert why_not_parked(a_letter(state=State.replayed)) == "was replayed already"


def test_a_replayed_record_is_the_one_that_failed() -> None:
    """Same topic, key, value and headers; the service's own headers go, its origin stays, and it counts its replays."""
    theirs: Headers = [("trace", b"1"), ("trace", b"2"), ("empty", None), ("ts-origin-topic", b"first")]
    own: Headers = [(name, b"x") for name in sorted(OWN_HEADERS - {"ts-topic", "ts-replays"})]
    letter = a_letter([*own, *theirs], topic="ticket-created", replays="2")

    assert replayed(letter) == Message("ticket-created", b"T-1", b"v", [*theirs, ("ts-replays", b"3")])


def test_a_tombstone_is_replayed_as_one() -> None:
    """A record without key and value stays without."""
    message = replayed(a_letter(key=None, value=None, topic="ticket-created"))

    assert (message.key, message.value) == (None, None)


@given(headers_of_others, st.none() | st.binary(max_size=20), st.none() | st.binary(max_size=20), st.integers(0, 5))
def test_failing_and_replaying_again_and_again_loses_nothing(
    headers: Headers, key: bytes | None, value: bytes | None, times: int
) -> None:
    """After each round the record is as its publisher wrote it, with its first origin and one more replay."""
    theirs = [header for header in headers if header[0] not in OWN_HEADERS]
    assume(not any(name.startswith("ts-origin-") for name, _ in theirs))
    record = Record(Position(TOPICS.created, 1, 41, AT_MS), key, value, list(theirs))
    for number in range(times):
        failed = WRITER.message(record, DeadLetter("r", "d"), FAILED_AT)
        again = replayed(
            Letter(Record(Position(LETTERS, 0, number, 0), failed.key, failed.value, failed.headers or []), State.open)
        )
        record = Record(
            Position(again.topic, 1, 100 + number, AT_MS), again.key, again.value, list(again.headers or [])
        )

    assert (record.position.topic, record.key, record.value) == (TOPICS.created, key, value)
    assert [header for header in record.headers if not header[0].startswith("ts-")] == [
        header for header in theirs if not header[0].startswith("ts-")
    ]
    assert record.header("ts-replays") == (str(times) if times else None)
    assert record.header("ts-origin-offset") == ("41" if times else None)


@given(headers_of_others, st.none() | st.binary(max_size=20), st.none() | st.binary(max_size=20))
def test_a_parked_letter_is_the_letter_itself(headers: Headers, key: bytes | None, value: bytes | None) -> None:
    """Byte for byte with all its headers, the service's own among them, on the topic of parked letters."""
    letter = a_letter(headers, key=key, value=value)

    assert parked(letter, "parking") == Message("parking", key, value, headers)


def _kept(messages: list[Message]) -> dict[bytes, bytes]:
    """The topic of marks, compacted."""
    return {message.key or b"": message.value or b"" for message in messages}
