"""What the contract promises of ClickHouse, checked on the raw logs and the views: all that is wrong, in words."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from schemas.codec import BadRecord, Decoder
from schemas.position import Position
from tests.support.rawlog import Entry, Fate, RawLog
from tests.support.world import PARTITIONS, World

Key = tuple[object, ...]
# Enough columns to notice another event under the same key.
ANSWER = "source_partition, source_offset, revision, event_id, ticket_id, category, confidence, total_ms"
CORRECTION = "ticket_id, event_id, category"


def differences(world: World) -> list[str]:
    """Where ClickHouse is not the committed events less the sink's dead letters; nothing when all is well."""
    topics, group = world.topics, f"{world.settings.kafka_group_id}-sink"
    with RawLog(world.kafka) as raw:
        logs = {
            topic: [entry for number in range(PARTITIONS) for entry in raw.entries(topic, number)]
            for topic in (topics.categorized, topics.corrected, topics.dead_letter)
        }
    committed = {topic: [entry for entry in entries if entry.fate is Fate.COMMITTED] for topic, entries in logs.items()}
    letters = Counter(
        _named(entry) for entry in committed[topics.dead_letter] if entry.headers["ts-group"] == group.encode()
    )
    answers = _events(_ANSWERS, committed[topics.categorized], topics.categorized, letters)
    corrections = _events(_CORRECTIONS, committed[topics.corrected], topics.corrected, letters)
    return [
        *(f"{name}: set aside {number} times" for name, number in letters.items() if number > 1),
        *_unequal("categorizations", {_answer(event) for event in answers}, world.rows("categorizations", ANSWER)),
        *_unequal("corrections", {_correction(event) for event in corrections}, world.rows("corrections", CORRECTION)),
    ]


def _events(decoder: Decoder, entries: list[Entry], topic: str, letters: Counter[str]) -> Iterator[dict[str, Any]]:
    """The events of a topic, less those that were set aside; what cannot be read has to be."""
    for entry in entries:
        name = f"{topic}-{entry.partition}@{entry.offset}"
        if name in letters:
            continue
        try:
            yield decoder.decode(entry.value, Position(topic, entry.partition, entry.offset, 0))
        except BadRecord:
            # A row that no view can have: it will be reported as missing.
            yield {}


def _unequal(view: str, expected: set[Key], rows: list[tuple[Any, ...]]) -> Iterator[str]:
    found = Counter(rows)
    for key in expected - found.keys():
        yield f"{view}: {key} is missing"
    for key, number in found.items():
        if key not in expected:
            yield f"{view}: {key} is no committed event"
        if number > 1:
            yield f"{view}: {key} is there {number} times"


def _answer(event: dict[str, Any]) -> Key:
    if not event:
        return ("an answer that cannot be read",)
    source = event["source"]
    fields = (event[name] for name in ("revision", "event_id", "ticket_id", "category", "confidence"))
    return (source["partition"], source["offset"], *fields, event["timings"]["total_us"] / 1000)


def _correction(event: dict[str, Any]) -> Key:
    if not event:
        return ("a correction that cannot be read",)
    return event["ticket_id"], event["event_id"], event["category"]


def _named(letter: Entry) -> str:
    topic, partition, offset = (letter.headers[f"ts-{name}"].decode() for name in ("topic", "partition", "offset"))
    return f"{topic}-{partition}@{offset}"


_ANSWERS = Decoder("TicketCategorized")
_CORRECTIONS = Decoder("TicketCorrected")
