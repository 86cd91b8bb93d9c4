"""Answers that ClickHouse reads itself: stored cell by cell as decoded ones are, or not taken."""

import itertools
import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.clickhouse.client import Client
from analytics.clickhouse.errors import Misconfigured, Rejected
from analytics.store.encoded import EncodedRow, container, encoded
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from schemas.avro_primitives import long, text
from schemas.codec import BadRecord
from schemas.field_rules import checks
from schemas.position import Position
from tests.support.event_examples import any_event
from tests.support.stored_events import NOON_MS, categorized, corrected

# Offsets are part of the token of an insert, and what was stored once under a token is not stored again.
_offsets = itertools.count(1_000_000, 1_000)
with_clickhouse = settings(
    deadline=None,
    max_examples=30,
    # Every example finds its own rows.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_TABLES = ("_categorizations", "_categorizations_by_ticket")
_CELLS = (
    "SELECT hex(formatRow('RowBinary', *)) AS cells FROM _categorizations ORDER BY record_offset",
    "SELECT hex(formatRow('RowBinary', *)) AS cells FROM _categorizations_by_ticket ORDER BY record_offset",
    "SELECT hex(formatRow('RowBinary', *)) AS cells FROM _rollup_progress FINAL ORDER BY span_s, begins",
    "SELECT hex(formatRow('RowBinary', * EXCEPT stored_at)) AS cells FROM _stored_tickets ORDER BY record_offset",
)


def _placed(bodies: Sequence[bytes]) -> list[EncodedRow]:
    first = next(_offsets)
    return [EncodedRow(body, 0, Position("answers", 0, first + n, NOON_MS)) for n, body in enumerate(bodies)]


def _body(**changed: Any) -> bytes:
    return encoded(categorized(**changed)).value


def _cells(client: Client, write: Callable[[RowWriter], object]) -> list[str]:
    """What a write leaves in the tables, byte for byte, in the order of the records."""
    for table in (*_TABLES, "_rollup_progress", "_stored_tickets"):
        client.command(f"TRUNCATE TABLE {table}")
    write(RowWriter(client))
    return [row["cells"] for query in _CELLS for row in client.rows(query)]


def _by_columns(client: Client, rows: Sequence[EncodedRow]) -> list[str]:
    return _cells(client, lambda writer: writer.write([row.decoded() for row in rows]))


@with_clickhouse
@given(st.lists(any_event("TicketCategorized"), min_size=1, max_size=8))
def test_any_answer_is_stored_as_a_decoded_one(client: Client, events: list[dict[str, Any]]) -> None:
    """Every event that the schema and the rules allow is taken, and every cell of its row is the same."""
    rows = _placed([encoded(Row("TicketCategorized", event, Position("", 0, 0, 0))).value for event in events])

    assert _cells(client, lambda writer: writer.write(rows)) == _by_columns(client, rows)


def _doubles(value: float) -> bytes:
    return struct.pack("<d", value)


_GOOD = _body()
_CONFIDENCE = _GOOD.index(_doubles(0.93))
_NOISE = [
    b"", b"\x00", b"\x01", b"\x02", b"\x7f", b"\x80", b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80",
    _doubles(math.nan), _doubles(math.inf), _doubles(-0.0), long(0), long(-1), long(2**31), long(-(2**31) - 1),
    long(2**62), b"\xff" * 9 + b"\x01", b"\xff" * 9 + b"\x7f", b"\x80" * 10 + b"\x01", long(-62_135_596_800_000),
    long(946_684_799_999), long(4_102_444_800_000_000), text("\x00"), text("\u2028"), text("\u3000"), text("é" * 257),
]  # fmt: skip


@st.composite
def _hostile(draw: st.DrawFn) -> bytes:
    """A body with one or two places overwritten, cut or made longer; some of them are still bodies."""
    event = draw(st.one_of(st.just(None), any_event("TicketCategorized")))
    body = _GOOD if event is None else encoded(Row("TicketCategorized", event, Position("", 0, 0, 0))).value
    for _ in range(draw(st.integers(1, 2))):
        begin = draw(st.integers(0, len(body)))
        end = draw(st.integers(begin, min(len(body), begin + 9)))
        body = body[:begin] + draw(st.one_of(st.sampled_from(_NOISE), st.binary(max_size=9))) + body[end:]
    return draw(st.sampled_from([body, body, body, body[: draw(st.integers(0, len(body)))], body + body]))


@pytest.mark.parametrize("examples", [60, pytest.param(3_000, marks=pytest.mark.long)])
def test_whatever_is_taken_is_what_decoding_makes_of_it(client: Client, examples: int) -> None:
    """Among any bytes, ClickHouse takes no batch of which one body is refused when it is decoded."""
    taken = 0

    @settings(with_clickhouse, max_examples=examples)
    @given(st.lists(st.one_of(st.just(_GOOD), _hostile()), min_size=1, max_size=4))
    def check(bodies: list[bytes]) -> None:
        nonlocal taken
        rows = _placed(bodies)
        try:
            stored = _cells(client, lambda writer: writer.write(rows))
        except Rejected:
            return
        taken += 1
        assert stored == _by_columns(client, rows)

    check()
    assert taken


def _broken_fields() -> list[tuple[str, dict[str, Any]]]:
    """For every rule of every field an event that breaks it."""
    unfit: dict[str, list[Any]] = {
        "identifier": [
            "", " \u3000", "\x85", "x" * 257, "é" * 257, "T\n", "T\x00", "T\x7f", "T\x9f", "T\u2028",
            "T\u202e", "T\u2069",
        ],
        "double": [math.nan, math.inf, -math.inf],
        "ms": [-62_135_596_800_000, 946_684_799_999, 4_102_444_800_000, 0, 2**62],
        "us": [946_684_799_999_999, 4_102_444_800_000_000, -1],
    }  # fmt: skip
    kinds = {
        "event_id": "identifier", "ticket_event_id": "identifier", "ticket_id": "identifier", "category": "identifier",
        "subcategory": "identifier", "confidence": "double", "subcategory_confidence": "double",
        "threshold_auto": "double", "threshold_suggest": "double", "audit_probability": "double", "created_at": "ms",
        "categorized_at": "ms",
    }  # fmt: skip
    found = [(name, {name: value}) for name, kind in kinds.items() for value in unfit[kind]]
    label = {"category": "a", "confidence": 0.5, "subcategory": None, "subcategory_confidence": None}
    for name, kind in (
        ("category", "identifier"),
        ("subcategory", "identifier"),
        ("confidence", "double"),
        ("subcategory_confidence", "double"),
    ):
        found += [("alternatives", {"alternatives": [label, label | {name: value}]}) for value in unfit[kind]]
    found += [("timings", {"timings": {"received_at": value}}) for value in unfit["us"]]
    return found


def test_every_rule_has_its_case() -> None:
    """A rule that a field gets later is noticed here."""
    # What does not fit into 32 bits is refused as it is read.
    of_32_bits = {"revision", "attempts", "text_removed_chars", "source"}

    assert {name for name, _ in checks("TicketCategorized")} == {name for name, _ in _broken_fields()} | of_32_bits


def test_what_breaks_a_rule_is_not_taken(client: Client) -> None:
    """Each of the rules for fields holds in ClickHouse too; the rest of the batch is not stored either."""
    taken = []
    for name, change in _broken_fields():
        body = _body(**change)
        with pytest.raises(BadRecord):
            EncodedRow(body, 0, Position("", 0, 0, 0)).decoded()
        try:
            RowWriter(client).write(_placed([_GOOD, body, _GOOD]))
        except Rejected:
            continue
        taken.append((name, change))

    assert taken == []
    assert client.rows("SELECT count() AS n FROM _categorizations") == [{"n": 0}]


_WORDS = (
    "event_id", "ticket_event_id", "ticket_id", "language", "channel", "category", "subcategory", "model", "taxonomy",
    "policy", "fingerprint", "model_outcome", "model_call_id", "service_version",
)  # fmt: skip


@pytest.mark.parametrize("unfit", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf5\x80\x80\x80"])
def test_text_that_is_no_utf_8_is_not_taken(client: Client, unfit: bytes) -> None:
    """In no text of an answer, also where the next text would complete it."""
    mark = "~" * len(unfit)
    label = {"category": "a", "confidence": 0.5, "subcategory": "b", "subcategory_confidence": None}
    bodies = [_body(**{name: mark}) for name in _WORDS]
    bodies += [_body(alternatives=[label | {name: mark}]) for name in ("category", "subcategory")]
    bodies += [_body(explanation=["a", mark, "\u00a9"]), _body(source={"topic": mark})]
    taken = []
    for number, body in enumerate(bodies):
        assert body.count(mark.encode()) == 1
        try:
            RowWriter(client).write(_placed([body.replace(mark.encode(), unfit)]))
        except Rejected:
            continue
        taken.append(number)

    assert taken == []


_NULLS = {
    "language": None, "channel": None, "subcategory": None, "subcategory_confidence": None, "model": None,
    "model_call_id": None, "text_removed_chars": 5,
    "alternatives": [{"category": "a", "confidence": 0.5, "subcategory": None, "subcategory_confidence": None}],
}  # fmt: skip


def test_a_branch_that_a_union_does_not_have_is_not_taken(client: Client) -> None:
    """ClickHouse would take it for null. The places of all unions, and some others, have a zero in this body."""
    body = _body(**_NULLS)
    places = [place for place, byte in enumerate(body) if byte == 0]
    taken = []
    for place in places:
        for branch in (long(2), long(33), long(-1)):
            changed = body[:place] + branch + body[place + 1 :]
            rows = _placed([changed])
            try:
                RowWriter(client).write(rows)
                rows[0].decoded()
            except Rejected:
                continue
            except BadRecord:
                taken.append((place, branch))

    assert len(places) > len(_NULLS)
    assert taken == []


def _swallowing() -> list[bytes]:
    """Bodies that end within a text whose length reaches into the next one, as far as a text of that one."""
    victim = _body(ticket_id="victim")
    cut = _GOOD.index(b"T-1") + len(b"T-1")
    found = []
    # Between two bodies stand the sentinel, the topic, the partition and the offset.
    for between in range(16, 44, 3):
        for into in (0, victim.index(b"victim"), victim.index(b"victim") + len(b"victim")):
            length = between + into
            found.append(_GOOD[: cut - len(text("T-1"))] + long(length))
    return found


def test_a_body_that_swallows_the_next_one_is_not_taken(client: Client) -> None:
    """Whatever it makes of its neighbour, the batch has a record less than it says, and the sentinel is gone."""
    for body in _swallowing():
        with pytest.raises(Rejected):
            RowWriter(client).write(_placed([_GOOD, body, _body(ticket_id="victim"), _GOOD]))

    assert client.rows("SELECT count() AS n FROM _categorizations") == [{"n": 0}]


def test_a_body_of_two_answers_is_not_taken(client: Client) -> None:
    """Not as one answer, and not as two."""
    for bodies in ([_GOOD + _GOOD], [_GOOD + b"\x00"], [_GOOD, _GOOD[:-1]], [b"", _GOOD + _GOOD]):
        with pytest.raises(Rejected):
            RowWriter(client).write(_placed(bodies))

    assert client.rows("SELECT count() AS n FROM _categorizations") == [{"n": 0}]


def test_a_blind_retry_stores_no_second_copy(client: Client) -> None:
    """The token does not depend on the sentinel; the tables behind the feeds get no second copy either."""
    rows = _placed([_body(ticket_id=f"T-{number}", offset=number) for number in range(50)])
    written = [RowWriter(client).write(rows) for _ in range(2)]

    assert written[0] == written[1]
    counts = [client.rows("SELECT count() AS n FROM {table:Identifier}", {"table": table}) for table in _TABLES]
    assert counts == [[{"n": 50}]] * 2


def test_other_bytes_have_another_token() -> None:
    """Also at the same offsets: a topic that was made again loses no rows."""
    position = Position("answers", 0, 1, 0)
    made = {container([EncodedRow(body, 0, position)], bytes(16)).checksum for body in (_GOOD, _body(category="x"))}
    moved = container([EncodedRow(_GOOD, 0, position._replace(offset=2))], bytes(16)).checksum

    assert len(made | {moved}) == 3
    assert container([EncodedRow(_GOOD, 0, position)], bytes(range(16))).checksum in made


def test_a_large_batch_is_one_part_in_each_month(client: Client) -> None:
    """So that an insert that is refused stores nothing, however large it is."""
    rows = _placed([_body(offset=number) for number in range(30_000)])
    client.command("SYSTEM STOP MERGES")
    try:
        RowWriter(client).write(rows)
        parts = "SELECT count() AS parts, sum(rows) AS n FROM system.parts WHERE table = '_categorizations' AND active"
        assert client.rows(f"{parts} AND database = currentDatabase()") == [{"parts": 1, "n": 30_000}]
    finally:
        client.command("SYSTEM START MERGES")


def test_a_database_without_tables_is_no_fault_of_the_rows(empty: Client) -> None:
    """When they are stored in the other way, the operator is told what to run."""
    rows = _placed([_GOOD])
    with pytest.raises(Rejected):
        RowWriter(empty).write(rows)
    with pytest.raises(Misconfigured, match="ticketstream migrate"):
        RowWriter(empty).sift([row.decoded() for row in rows])


def test_answers_and_their_corrections_find_each_other_in_any_order(client: Client) -> None:
    """A correction that was stored before its answer is matched when the answer comes, also among other answers."""
    RowWriter(client).write([corrected("T-7", "account")])
    RowWriter(client).write(_placed([_body(ticket_id=f"T-{number}", offset=number) for number in range(20)]))

    judged = client.rows("SELECT ticket_id, given_category FROM _judgements FINAL")
    assert judged == [{"ticket_id": "T-7", "given_category": "account"}]


def test_an_insert_that_is_repeated_after_days_finds_its_corrections(client: Client) -> None:
    """A process died between the rows and the question which of them were corrected; the token is still known."""
    rows = _placed([_body(ticket_id=f"T-{number}", offset=number) for number in range(20)])
    RowWriter(client).write(rows)
    RowWriter(client).write([corrected("T-7", "account")])
    for table in ("_stored_tickets", "_judgements"):
        client.command(f"TRUNCATE TABLE {table}")
    RowWriter(client).write(rows)

    assert client.rows("SELECT count() AS n FROM _categorizations") == [{"n": 20}]
    assert client.rows("SELECT ticket_id FROM _judgements FINAL") == [{"ticket_id": "T-7"}]


def test_no_answer_of_clickhouse_quotes_a_ticket(client: Client) -> None:
    """The message of a refusal may hold what a body holds."""
    with pytest.raises(Rejected) as caught:
        RowWriter(client).write(_placed([_body(ticket_id="secret" * 60)]))

    assert "secret" not in str(caught.value)
