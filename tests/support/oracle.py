"""What the contract promises of delivery, checked on the raw logs of a world: everything that is wrong, in words."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, cast

from consumer.categorizer.repeats import decoded as page_of
from consumer.config.settings import Topics
from schemas.codec import BadRecord, Decoder
from schemas.events import TicketCategorized
from schemas.position import Position
from tests.support.rawlog import Entry, Fate, RawLog
from tests.support.topics import group_offsets
from tests.support.world import PARTITIONS, World

Place = tuple[int, int]


def wrongs(world: World, *, lossless: bool = True) -> list[str]:
    """What breaks the promise, for a world that has come to rest; nothing when all is well.

    Args:
        lossless: whether every ticket that was published must be answered by now.
    """
    topics = world.topics
    with RawLog(world.kafka) as raw:
        logs = {
            topic: [entry for number in range(PARTITIONS) for entry in raw.entries(topic, number)]
            for topic in (
                topics.created,
                topics.categorized,
                topics.dead_letter,
                topics.audit,
                topics.recategorize,
                topics.repeats,
            )
        }
    behind = group_offsets(world.kafka, world.settings.kafka_group_id, topics.created, PARTITIONS)
    return [*_open_transactions(logs), *broken(logs, topics, behind, lossless=lossless)]


def broken(logs: Mapping[str, list[Entry]], topics: Topics, behind: Mapping[int, int], *, lossless: bool) -> list[str]:
    """What breaks the promise at any moment, transactions that are still open aside.

    Args:
        logs: of each topic all entries, one partition after the other.
        topics: their names.
        behind: per partition of the tickets the offset that is committed.
        lossless: whether every ticket must be answered by now.
    """
    answers = [answer_of(entry) for entry in _committed(logs[topics.categorized])]
    letters = [_letter(entry) for entry in _committed(logs[topics.dead_letter]) if _is_of(entry, topics.created)]
    queued = _committed(logs[topics.recategorize])
    return [
        *_once(
            logs[topics.created], answers, letters, Settled(behind, _ahead(logs[topics.repeats])), lossless=lossless
        ),
        *_in_order(answers),
        *_revisions(answers),
        *_queue(answers, queued),
        *_copies(answers, _committed(logs[topics.audit])),
    ]


def _open_transactions(logs: dict[str, list[Entry]]) -> Iterator[str]:
    for topic, entries in logs.items():
        hanging = sum(entry.fate is Fate.PENDING for entry in entries)
        if hanging:
            yield f"{topic}: {hanging} records of transactions that never ended"


class Settled(NamedTuple):
    """Which records nobody will handle again.

    Attributes:
        behind: per partition the committed offset: all records below are.
        ahead: those that are noted as answered.
    """

    behind: Mapping[int, int]
    ahead: Collection[Place]


def _ahead(pages: list[Entry]) -> set[Place]:
    """The records that are noted in the pages of repeats."""
    latest = {entry.key: entry for entry in _committed(pages)}
    return {
        (int((key or b"").split(b"|")[-2]), offset)
        for key, entry in latest.items()
        for _, offset in page_of(entry.value or b"").read()
    }


def _once(
    created: list[Entry],
    answers: list[TicketCategorized],
    letters: list[Place],
    settled: Settled,
    *,
    lossless: bool,
) -> Iterator[str]:
    """Below the committed offset each record has one answer or dead letter, or its event_id has.

    Above, a record has one answer if that is noted, and else none.
    """
    found = Counter(_place(answer) for answer in answers if answer["revision"] == 0) + Counter(letters)
    known: set[str] = set()
    for entry in created:
        place = entry.partition, entry.offset
        where = f"ticket {entry.partition}@{entry.offset}"
        number = found.pop(place, 0)
        event_id = _event_id(entry)
        end = settled.behind.get(entry.partition, 0)
        below, noted = entry.offset < end, place in settled.ahead
        if number > 1:
            yield f"{where}: answered {number} times"
        if number and not below and not noted:
            yield f"{where}: answered above the committed offset {end}, and not noted"
        if noted and not number:
            yield f"{where}: noted as answered, and it is not"
        if below and not number and event_id not in known:
            yield f"{where}: lost, the committed offset is {end}"
        if lossless and not below:
            yield f"{where}: not answered, the committed offset is {end}"
        if number:
            known.add(event_id)
    for partition, offset in found:
        yield f"an answer to {partition}@{offset}, where no ticket is"


def _event_id(entry: Entry) -> str:
    return _event_id_of(entry.value, Position("", entry.partition, entry.offset, 0))


# The same records are looked at again and again where every step is checked.
@lru_cache(10_000)
def _event_id_of(value: bytes | None, position: Position) -> str:
    try:
        return str(_TICKETS.decode(value, position)["event_id"])
    except BadRecord:
        return ""


def _in_order(answers: list[TicketCategorized]) -> Iterator[str]:
    """First answers to the records of one ticket stand in the order of these records."""
    last: dict[tuple[int, str], int] = {}
    for answer in answers:
        partition, offset = _place(answer)
        ticket = partition, answer["ticket_id"]
        if answer["revision"] == 0:
            if offset < last.get(ticket, -1):
                yield f"ticket {partition}@{offset}: answered after {partition}@{last[ticket]}"
            last[ticket] = offset


def _revisions(answers: list[TicketCategorized]) -> Iterator[str]:
    """Revisions of one ticket come once each, one after the other."""
    found: dict[Place, list[int]] = defaultdict(list)
    for answer in answers:
        found[_place(answer)].append(answer["revision"])
    for (partition, offset), revisions in found.items():
        if revisions != list(range(len(revisions))):
            yield f"ticket {partition}@{offset}: revisions {revisions}"


def _queue(answers: list[TicketCategorized], queued: list[Entry]) -> Iterator[str]:
    """Each provisional answer has its record in the queue, and no other has."""
    asked = Counter(
        (int(entry.headers["ts-source-partition"]), int(entry.headers["ts-source-offset"])) for entry in queued
    )
    provisional = Counter(_place(answer) for answer in answers if answer["provisional"])
    if asked != provisional:
        yield f"{provisional.total()} provisional answers and {asked.total()} records in the queue"


def _copies(answers: list[TicketCategorized], audit: list[Entry]) -> Iterator[str]:
    sampled = Counter(answer["event_id"] for answer in answers if answer["audit_probability"])
    copied = Counter(answer_of(entry)["event_id"] for entry in audit)
    if sampled != copied:
        yield f"{sampled.total()} sampled answers and {copied.total()} audit copies"


def _committed(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.fate is Fate.COMMITTED]


def answer_of(entry: Entry) -> TicketCategorized:
    """The answer that an entry of `ticket-categorized` holds."""
    return _decoded(entry.value, Position("", entry.partition, entry.offset, 0))


@lru_cache(10_000)
def _decoded(value: bytes | None, position: Position) -> TicketCategorized:
    return cast("TicketCategorized", _ANSWERS.decode(value, position))


def _place(answer: TicketCategorized) -> Place:
    return answer["source"]["partition"], answer["source"]["offset"]


def _is_of(entry: Entry, topic: str) -> bool:
    return entry.headers["ts-topic"].decode() == topic


def _letter(entry: Entry) -> Place:
    return int(entry.headers["ts-partition"]), int(entry.headers["ts-offset"])


_TICKETS = Decoder("TicketCreated")
_ANSWERS = Decoder("TicketCategorized")
