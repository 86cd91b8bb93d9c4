"""A dead letter as an operator sees it: its state, and whether it can be replayed or parked. Pure."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import NamedTuple

from consumer.bad_records.dead_letter import ORIGIN_TIMESTAMP, OWN_HEADERS, number, replays
from consumer.config.settings import Topics
from consumer.kafka.records import Message, Record


class State(StrEnum):
    """What an operator has done about a letter."""

    open = "open"
    replayed = "replayed"
    parked = "parked"


class Letter(NamedTuple):
    """One record of the dead-letter topic."""

    record: Record
    state: State

    @property
    def letter_id(self) -> str:
        """Its name on the command line: `PARTITION@OFFSET`."""
        return f"{self.record.position.partition}@{self.record.position.offset}"

    @property
    def reason(self) -> str:
        return self.record.header("ts-reason") or ""

    @property
    def topic(self) -> str:
        """The topic on which the record failed."""
        return self.record.header("ts-topic") or ""

    @property
    def ticket_id(self) -> str:
        return (self.record.key or b"").decode("utf-8", "replace")

    @property
    def replays(self) -> int:
        """How often the record was replayed before it became this letter."""
        return replays(self.record)


class Selection(NamedTuple):
    """Which letters an operator chose; a filter that is None or empty lets every letter pass.

    Attributes:
        letter_ids: `PARTITION@OFFSET` of the letters.
        since_ms: time of the letter, not of the record that failed; milliseconds since the epoch, inclusive.
        until_ms: the same, exclusive.
    """

    letter_ids: Collection[str] = ()
    reason: str | None = None
    topic: str | None = None
    ticket_id: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None

    @property
    def is_everything(self) -> bool:
        """Whether no filter is set."""
        return not self.letter_ids and all(chosen is None for chosen in self[1:])

    def holds(self, letter: Letter) -> bool:
        """Whether a letter passes every filter."""
        at_ms = letter.record.position.timestamp_ms
        return (
            (not self.letter_ids or letter.letter_id in self.letter_ids)
            and self.reason in {None, letter.reason}
            and self.topic in {None, letter.topic}
            and self.ticket_id in {None, letter.ticket_id}
            and (self.since_ms is None or at_ms >= self.since_ms)
            and (self.until_ms is None or at_ms < self.until_ms)
        )


def mark_key(record: Record) -> bytes:
    """The key of a letter's mark. The timestamp tells letters apart after the topic was deleted and created again."""
    position = record.position
    return f"{position.partition}@{position.offset}@{position.timestamp_ms}".encode()


def mark(topic: str, letter: Letter, state: State) -> Message:
    """The mark that records a letter's new state; it is written in the transaction that moves the letter."""
    return Message(topic, mark_key(letter.record), state.value.encode())


def why_not_replayed(letter: Letter, topics: Topics, max_replays: int) -> str | None:
    """The reason why a letter cannot be replayed; None when it can."""
    if letter.state is not State.open:
        return f"was {letter.state} already"
    if letter.record.header("ts-truncated"):
        return "was too large to be kept whole: only its publisher can send it again"
    if letter.topic in {topics.categorized, topics.telemetry}:
        return f"is a record of {letter.topic}, whose other readers would see it twice if it was put back"
    if letter.topic not in {topics.created, topics.corrected, topics.recategorize}:
        return f"came from {letter.topic or 'an unknown topic'}, which is not a topic that this service reads"
    if letter.replays >= max_replays:
        return f"was replayed {letter.replays} times and failed again: park it, or raise --max-replays"
    return None


def replayed(letter: Letter) -> Message:
    """The record as it failed, for the topic on which it failed. It carries its origin and its number of replays."""
    record = letter.record
    kept = [header for header in record.headers if header[0] not in OWN_HEADERS]
    first_ms = number(record, "ts-timestamp")
    if first_ms is not None and record.header(ORIGIN_TIMESTAMP) is None:
        kept.append((ORIGIN_TIMESTAMP, str(first_ms).encode()))
    return Message(letter.topic, record.key, record.value, [*kept, ("ts-replays", str(letter.replays + 1).encode())])


def why_not_parked(letter: Letter) -> str | None:
    """The reason why a letter cannot be parked; None when it can."""
    return None if letter.state is State.open else f"was {letter.state} already"


def parked(letter: Letter, topic: str) -> Message:
    """The letter as it is, for the topic of parked letters."""
    record = letter.record
    return Message(topic, record.key, record.value, list(record.headers))


def state_of(record: Record, marks: Mapping[bytes, bytes]) -> State:
    """The state of a letter; `marks` holds the marks by their keys."""
    try:
        return State(marks.get(mark_key(record), b"open").decode())
    except ValueError:
        return State.open
