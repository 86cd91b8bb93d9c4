"""Dead letters as an operator deals with them: which, in what state, and what may still be done."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import NamedTuple

from consumer.bad_records.dead_letter import OWN_HEADERS, replays
from consumer.config.settings import Topics
from consumer.kafka.records import Message, Record


class State(StrEnum):
    """What was done about a letter."""

    open = "open"
    replayed = "replayed"
    parked = "parked"


class Letter(NamedTuple):
    """One record of the dead-letter topic."""

    record: Record
    state: State

    @property
    def place(self) -> str:
        """How it is named on the command line."""
        return f"{self.record.position.partition}@{self.record.position.offset}"

    @property
    def reason(self) -> str:
        return self.record.header("ts-reason") or ""

    @property
    def topic(self) -> str:
        """Where the record failed."""
        return self.record.header("ts-topic") or ""

    @property
    def ticket_id(self) -> str:
        return (self.record.key or b"").decode("utf-8", "replace")

    @property
    def replays(self) -> int:
        """How often it was replayed before it became this letter."""
        return replays(self.record)


class Selection(NamedTuple):
    """Which letters are meant; what is None or empty does not matter.

    Attributes:
        places: `PARTITION@OFFSET` of each.
        since_ms: milliseconds since the epoch, inclusive; of the letter, not of the record that failed.
        until_ms: the same, exclusive.
    """

    places: Collection[str] = ()
    reason: str | None = None
    topic: str | None = None
    ticket_id: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows it down."""
        return not self.places and all(given is None for given in self[1:])

    def holds(self, letter: Letter) -> bool:
        """Whether a letter is meant."""
        at_ms = letter.record.position.timestamp_ms
        return (
            (not self.places or letter.place in self.places)
            and self.reason in {None, letter.reason}
            and self.topic in {None, letter.topic}
            and self.ticket_id in {None, letter.ticket_id}
            and (self.since_ms is None or at_ms >= self.since_ms)
            and (self.until_ms is None or at_ms < self.until_ms)
        )


def mark_key(record: Record) -> bytes:
    """Names a letter also when its topic was deleted and made again."""
    position = record.position
    return f"{position.partition}@{position.offset}@{position.timestamp_ms}".encode()


def mark(topic: str, letter: Letter, state: State) -> Message:
    """What remembers that something was done, in the transaction in which it is done."""
    return Message(topic, mark_key(letter.record), state.value.encode())


def why_not_replayed(letter: Letter, topics: Topics, max_replays: int) -> str | None:
    """Why a letter cannot be replayed; None when it can."""
    if letter.state is not State.open:
        return f"was {letter.state} already"
    if letter.record.header("ts-truncated"):
        return "was too large to be kept whole: only its publisher can send it again"
    if letter.topic in {topics.categorized, topics.telemetry}:
        return f"is a record of {letter.topic}, which others have read: put back, they would see it twice"
    if letter.topic not in {topics.created, topics.corrected, topics.recategorize}:
        return f"came from {letter.topic or 'an unknown topic'}, which is none of this service's"
    if letter.replays >= max_replays:
        return f"was replayed {letter.replays} times in vain: park it, or raise --max-replays"
    return None


def replayed(letter: Letter) -> Message:
    """The record as it failed, on its way to be read again; it counts its replays and keeps its origin."""
    record = letter.record
    kept = [header for header in record.headers if header[0] not in OWN_HEADERS]
    return Message(letter.topic, record.key, record.value, [*kept, ("ts-replays", str(letter.replays + 1).encode())])


def why_not_parked(letter: Letter) -> str | None:
    """Why a letter cannot be parked; None when it can."""
    return None if letter.state is State.open else f"was {letter.state} already"


def parked(letter: Letter, topic: str) -> Message:
    """The letter as it is, for the topic of those that nobody waits for."""
    record = letter.record
    return Message(topic, record.key, record.value, list(record.headers))


def state_of(record: Record, marks: Mapping[bytes, bytes]) -> State:
    """What the marks say of a letter."""
    try:
        return State(marks.get(mark_key(record), b"open").decode())
    except ValueError:
        return State.open
