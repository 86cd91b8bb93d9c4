"""What the database knows of answers that wait for a judgement. No question reads all answers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from analytics.clickhouse.client import Client
from analytics.clickhouse.errors import Misconfigured
from analytics.clickhouse.parameters import in_sql
from analytics.clickhouse.queries import read
from analytics.reports.review_tickets import Kind, ReviewTicket, is_known
from analytics.store.judging import pieces
from analytics.store.persons import person

WINDOW: Final = timedelta(days=14)
"""How old an answer may be. Older ones say little of what is answered today."""

# As many of the newest answers are compared with each other.
_NEWEST: Final = 10_000
# Of the judgements that were chosen for a second person.
_SECOND: Final = 200


class Place(NamedTuple):
    """An input record.

    Attributes:
        topic: its topic.
        partition: its partition.
        offset: its offset.
    """

    topic: str
    partition: int
    offset: int


class Found(NamedTuple):
    """An answer that waits.

    Attributes:
        place: of its input record.
        event_id: of the answer.
        judged_by: who judged it before.
        row: what is shown of it, where it has been read already.
    """

    place: Place
    event_id: str
    judged_by: tuple[str, ...] = ()
    row: Mapping[str, Any] | None = None


class Asked(NamedTuple):
    """Who asks, and for how much.

    Attributes:
        now: an aware time.
        most: answers of each kind.
        by: who is asked.
        twice_share: how many of the judged answers a second person is asked about.
    """

    now: datetime
    most: int
    by: str | None
    twice_share: float

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters that all questions have."""
        return {"since": in_sql(self.now - WINDOW), "most": self.most}


class Waiting(NamedTuple):
    """How many answers of the window wait.

    Attributes:
        audit: drawn for the audit and judged by no audit.
        second_opinion: chosen for a second person, and judged by one who is known; the last 200 at most.
    """

    audit: int
    second_opinion: int


def waiting(client: Client, now: datetime, twice_share: float) -> Waiting:
    """Count what waits for the audit and for a second person."""
    asked = Asked(now, 0, None, twice_share)
    with ThreadPoolExecutor() as threads:
        drawn = threads.submit(client.rows, read("review_audits"), asked.parameters)
        seconds = threads.submit(_seconds, client, asked)
    return Waiting(sum(row["n"] for row in drawn.result()), len(seconds.result()))


def candidates(client: Client, asked: Asked) -> dict[Kind, list[Found]]:
    """Find what waits, by the reason why; those that are most worth a judgement come first."""
    with ThreadPoolExecutor() as threads:
        drawn = threads.submit(_drawn, client, asked)
        pool = threads.submit(_pool, client, asked)
        # Who is not known cannot be told from who judged it first.
        seconds = threads.submit(_seconds, client, asked) if is_known(asked.by) else None
    found = {"audit": drawn.result(), **pool.result()}
    if seconds is not None:
        found["second_opinion"] = [
            one for one in seconds.result() if person(asked.by) not in map(person, one.judged_by)
        ]
    return found


def tickets_of(client: Client, wanted: Sequence[tuple[Found, Kind]], *, with_texts: bool) -> list[ReviewTicket]:
    """Read what is shown of some answers, in the same order. What is gone by now is left out."""
    places = {found.place for found, _ in wanted}
    with ThreadPoolExecutor() as threads:
        texts = threads.submit(_texts, client, places) if with_texts else None
        rows: dict[str, Mapping[str, Any]] = {
            row["event_id"]: row for row in _rows(client, {found.place for found, _ in wanted if not found.row})
        }
        rows |= {found.event_id: found.row for found, _ in wanted if found.row}
    read_texts = texts.result() if texts is not None else {}
    return [
        _ticket(rows[found.event_id], kind, read_texts.get(found.place), found.judged_by)
        for found, kind in wanted
        if found.event_id in rows
    ]


def _drawn(client: Client, asked: Asked) -> list[Found]:
    places: list[tuple[Place, int]] = []
    for row in client.rows(read("review_audits"), asked.parameters):
        places += [(Place(row["source_topic"], row["source_partition"], at), row["revision"]) for at in row["offsets"]]
        if len(places) >= asked.most:
            break
    wanted = set(places)
    rows = [row for row in _rows(client, {place for place, _ in wanted}) if (_place(row), row["revision"]) in wanted]
    rows.sort(key=lambda row: (row["categorized_at"], row["event_id"]))
    return [Found(_place(row), row["event_id"], row=row) for row in rows if not row["provisional"]]


def _pool(client: Client, asked: Asked) -> dict[Kind, list[Found]]:
    ends = client.rows(read("review_newest"), asked.parameters)
    if not ends:
        return {}
    each = max(1, _NEWEST // len(ends))
    spans, topics = _condition(
        (row["source_topic"], f"source_partition = {row['source_partition']} AND source_offset > {row['last'] - each}")
        for row in ends
    )
    rows = client.rows(read("review_pool").replace("$spans", spans), asked.parameters | topics)
    judged = _judged(client, {row["ticket_id"] for row in rows})
    found: dict[Kind, list[Found]] = {}
    for row in rows:
        if row["ticket_id"] not in judged:
            found.setdefault(row["kind"], []).append(Found(_place(row), row["event_id"]))
    return found


def _judged(client: Client, tickets: Collection[str]) -> set[str]:
    """Which of these were judged, by any of their answers, however old."""
    return {
        row["ticket_id"] for piece in pieces(tickets) for row in client.rows(read("review_judged"), {"tickets": piece})
    }


def _seconds(client: Client, asked: Asked) -> list[Found]:
    more = {"share": asked.twice_share, "looked_at": _SECOND}
    chosen = client.rows(read("review_second"), asked.parameters | more)
    people = {
        (row["ticket_id"], row["event_id"]): row["corrected_by"]
        for piece in pieces({row["ticket_id"] for row in chosen})
        for row in client.rows(read("review_judges"), {"tickets": piece})
    }
    found: dict[str, Found] = {}
    for row in chosen:
        name = people.get((row["ticket_id"], row["correction_id"]))
        if name is not None and is_known(name):
            one = found.setdefault(row["event_id"], Found(_place(row), row["event_id"]))
            if person(name) not in map(person, one.judged_by):
                found[row["event_id"]] = one._replace(judged_by=(*one.judged_by, name))
    return [one for one in found.values() if len(one.judged_by) == 1]


def _rows(client: Client, places: Collection[Place]) -> list[dict[str, Any]]:
    if not places:
        return []
    at, topics = _at(places, "source")
    return client.rows(read("review_tickets").replace("$places", at), topics)


def _texts(client: Client, places: Collection[Place]) -> dict[Place, tuple[str, str]]:
    if not places:
        return {}
    at, topics = _at(places, "record")
    # Rights on texts may be fewer than those on answers.
    with suppress(Misconfigured):
        rows = client.rows(read("review_texts").replace("$places", at), topics)
        return {_place(row, "record"): (row["subject"], row["description"]) for row in rows}
    return {}


def _place(row: Mapping[str, Any], of: str = "source") -> Place:
    return Place(row[f"{of}_topic"], row[f"{of}_partition"], row[f"{of}_offset"])


def _at(places: Collection[Place], of: str) -> tuple[str, dict[str, object]]:
    offsets: dict[tuple[str, int], list[int]] = {}
    for topic, partition, offset in sorted(places):
        offsets.setdefault((topic, partition), []).append(offset)
    return _condition(
        (
            (topic, f"{of}_partition = {partition} AND {of}_offset IN ({', '.join(map(str, among))})")
            for (topic, partition), among in offsets.items()
        ),
        of,
    )


def _condition(spans: Iterable[tuple[str, str]], of: str = "source") -> tuple[str, dict[str, object]]:
    """In the form in which ClickHouse finds rows by their key, and the parameters that it has."""
    topics: dict[str, str] = {}
    parts = [
        f"({of}_topic = {{{topics.setdefault(topic, f'topic_{len(topics)}')}:String}} AND {rest})"
        for topic, rest in spans
    ]
    return " OR ".join(parts), {name: topic for topic, name in topics.items()}


def _ticket(
    row: Mapping[str, Any], kind: Kind, text: tuple[str, str] | None, judged_by: tuple[str, ...]
) -> ReviewTicket:
    return ReviewTicket(
        event_id=row["event_id"],
        ticket_id=row["ticket_id"],
        kind=kind,
        category=row["category"],
        subcategory=row["subcategory"],
        confidence=row["confidence"],
        decision=row["decision"],
        method=row["method"],
        model=row["model"],
        alternatives=tuple(
            (other["category"], other["subcategory"], other["confidence"]) for other in row["alternatives"]
        ),
        explanation=tuple(row["explanation"]),
        text=text,
        categorized_at=row["categorized_at"],
        channel=row["channel"],
        language=row["language"],
        judged_by=judged_by,
        audit_probability=row["audit_probability"],
    )
