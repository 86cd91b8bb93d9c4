"""Every field of an event arrives, and what cannot be stored is named."""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

import pytest

from analytics.clickhouse.client import Client
from analytics.clickhouse.errors import Misconfigured, Rejected
from analytics.store.highest_offsets import highest_offsets
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row, columns
from tests.support.stored_events import NOON_MS, categorized, corrected, operation


class _Inserts:
    """Remembers inserts instead of doing them."""

    def __init__(self) -> None:
        self.tokens: list[str] = []

    def insert(self, _table: str, columns: Mapping[str, Sequence[Any]], token: str) -> None:
        assert columns
        self.tokens.append(token)

    def insert_body(self, _table: str, _statement: str, _body: bytes, token: str) -> None:
        self.tokens.append(token)

    def command(self, statement: str, parameters: Mapping[str, object] | None = None) -> None:
        pass

    def rows(self, _query: str, _parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        return []


def _tokens(*records: Row) -> list[str]:
    inserts = _Inserts()
    RowWriter(inserts).write(records)
    return inserts.tokens


def _fields(event: str) -> list[dict[str, Any]]:
    schema = json.loads((resources.files("schemas") / f"{event}.avsc").read_text())
    fields: list[dict[str, Any]] = schema["fields"]
    return fields


@pytest.mark.parametrize("record", [categorized(), corrected(), operation()], ids=lambda record: record.name)
def test_every_field_of_the_schema_has_a_column(record: Row) -> None:
    """A field that is added to an event and forgotten here is noticed."""
    expected = {"record_topic", "record_partition", "record_offset"}
    for field in _fields(record.name):
        match field["name"]:
            case "source":
                expected |= {"source_topic", "source_partition", "source_offset", "source_timestamp_ms"}
            case "timings":
                expected |= {inner["name"] for inner in field["type"]["fields"]}
            case name:
                expected.add(name)

    assert expected == set(columns(record.name, [record]))


def test_an_answer_comes_back_whole(client: Client) -> None:
    """Every field of TicketCategorized can be read from the view as it was in the event."""
    record = categorized(
        language=None, channel="e-mail", subcategory_confidence=None, explanation=["rule.keyword:refund", "rule.tie"]
    )
    RowWriter(client).write([record])
    (row,) = client.rows("SELECT * FROM categorizations")

    event = dict(record.event)
    source, timings = event.pop("source"), event.pop("timings")
    for name in ("created_at", "categorized_at"):
        event[name] = dt.datetime.fromtimestamp(event[name] / 1000, dt.UTC)
    event |= {f"source_{name}": source[name] for name in ("topic", "partition", "offset")}
    event["source_timestamp"] = dt.datetime.fromtimestamp(source["timestamp"] / 1000, dt.UTC)
    event["received_at"] = dt.datetime.fromtimestamp(timings.pop("received_at") / 1e6, dt.UTC)
    event |= {name.replace("_us", "_ms"): duration / 1000 for name, duration in timings.items()}
    assert event == row


def test_a_correction_comes_back_whole(client: Client) -> None:
    """Every field of TicketCorrected is stored, free text of any kind included."""
    record = corrected(subcategory="refund", judged_event_id="x", reason="«ñ» \x00 '\\ 😀", origin="AUDIT")
    RowWriter(client).write([record])
    (row,) = client.rows("SELECT * FROM _corrections")

    assert row == dict(record.event) | {
        "corrected_at": dt.datetime.fromtimestamp((NOON_MS + 1000) / 1000, dt.UTC),
        "record_topic": "ticket-corrected",
        "record_partition": 0,
        "record_offset": 0,
    }


def test_telemetry_comes_back_whole(client: Client) -> None:
    """Every field of Operation is stored."""
    record = operation(ticket_id="T-1", detail={"reason": "http_503", "tickets": "2"})
    RowWriter(client).write([record])
    (row,) = client.rows("SELECT * FROM _telemetry")

    assert row == dict(record.event) | {
        "started_at": dt.datetime.fromtimestamp(NOON_MS / 1000, dt.UTC),
        "record_topic": "ticket-telemetry",
        "record_partition": 0,
        "record_offset": 0,
    }


@pytest.mark.parametrize("timestamp_ms", [-1, 0, 2**63 - 1, -(2**63)])
def test_any_timestamp_of_kafka_is_kept_and_readable(client: Client, timestamp_ms: int) -> None:
    """A publisher may set a record's timestamp to anything: stored exact, shown as the nearest time there is."""
    RowWriter(client).write([categorized(source={"timestamp": timestamp_ms})])

    assert client.rows("SELECT source_timestamp_ms AS ms FROM _categorizations") == [{"ms": timestamp_ms}]
    assert client.rows("SELECT year(source_timestamp) BETWEEN 1900 AND 2299 AS sane FROM tickets") == [{"sane": 1}]


def test_one_insert_for_each_table(client: Client) -> None:
    """A batch of all topics and partitions is one insert for each table, named by what is in it."""
    batch = [
        categorized("T-1", 1),
        categorized("T-2", 5, partition=1),
        corrected(),
        categorized("T-3", 2),
        operation(),
    ]
    written = RowWriter(client).write(batch)

    assert [(item.table, item.rows) for item in written] == [
        ("_telemetry", 1),
        ("_categorizations", 3),
        ("_corrections", 1),
    ]
    token = written[1].token.rpartition(":")[0]
    assert token == "v1:_categorizations:ticket-categorized:0:10:20:2,ticket-categorized:1:50:50:1"


def test_an_empty_batch_writes_nothing() -> None:
    """Nothing read, nothing inserted."""
    assert _tokens() == []


def test_the_token_is_made_of_the_batch_alone() -> None:
    """The same rows have the same token in any process; another value anywhere gives another."""
    batch = [categorized("T-1", 1), categorized("T-2", 2)]
    (token,) = _tokens(*batch)

    assert [token] == _tokens(categorized("T-1", 1), categorized("T-2", 2))
    changes: list[dict[str, Any]] = [
        {"category": "x"},
        {"timings": {"wait_us": 1}},
        {"alternatives": []},
        {"confidence": 0.5},
    ]
    for change in changes:
        assert [token] != _tokens(batch[0], categorized("T-2", 2, **change))


def test_a_blind_retry_stores_no_second_copy(client: Client) -> None:
    """The same batch sent again is dropped by ClickHouse, also in the table behind the materialized view."""
    for _ in range(2):
        RowWriter(client).write([categorized("T-1", 1), categorized("T-2", 2)])

    raw = "SELECT (SELECT count() FROM _categorizations) AS a, (SELECT count() FROM _categorizations_by_ticket) AS b"
    assert client.rows(raw) == [{"a": 2, "b": 2}]


@pytest.mark.parametrize(
    ("record", "table"),
    [
        (corrected(reason="half a pair: \ud800"), "_corrections"),
        (categorized(revision=2**31), "_categorizations"),
        (categorized(category=None), "_categorizations"),
        (operation(duration_us="soon"), "_telemetry"),
        (operation(ticket_id=7), "_telemetry"),
    ],
    ids=["surrogate", "overflow", "null", "text for a number", "number for text"],
)
def test_a_row_that_cannot_be_stored_is_rejected(client: Client, record: Row, table: str) -> None:
    """What the row holds is at fault: said so, without repeating it, and nothing is stored."""
    with pytest.raises(Rejected) as caught:
        RowWriter(client).write([record])

    assert table in str(caught.value)
    assert "soon" not in str(caught.value)
    assert client.rows("SELECT count() AS n FROM {table:Identifier}", {"table": table}) == [{"n": 0}]


def test_a_database_without_tables_is_no_fault_of_the_rows(empty: Client) -> None:
    """A missing migration never costs a row: the operator is told what to run."""
    with pytest.raises(Misconfigured, match="ticketstream migrate"):
        RowWriter(empty).write([categorized()])


@pytest.fixture
def forbid(client: Client) -> Iterator[Callable[[str], None]]:
    """Makes a table refuse rows for what they hold; events of the schema alone are all taken."""

    def make(condition: str) -> None:
        client.command(f"ALTER TABLE _categorizations ADD CONSTRAINT only CHECK {condition}")

    yield make
    client.command("ALTER TABLE _categorizations DROP CONSTRAINT only")


def test_rows_that_are_refused_are_found_and_the_others_stored(client: Client, forbid: Callable[[str], None]) -> None:
    """The rest of the batch goes in once, in every table; each refused row is named with what ClickHouse said."""
    forbid("category != 'forbidden'")
    bad = {3, 4, 77}
    answers = [categorized(f"T-{n}", n, category="forbidden" if n in bad else "billing") for n in range(100)]
    batch = [*answers, corrected(), operation()]
    sink = RowWriter(client)
    with pytest.raises(Rejected):
        sink.write(batch)
    sifted = sink.sift(batch)

    assert [refused.record for refused in sifted.refused] == [answers[number] for number in sorted(bad)]
    assert {refused.detail for refused in sifted.refused} == {
        "ClickHouse refused the rows for _categorizations: VIOLATED_CONSTRAINT."
    }
    assert sifted.undecided == []
    assert sifted.written == {"_categorizations": 97, "_corrections": 1, "_telemetry": 1}
    raw = (
        "SELECT (SELECT count() FROM _categorizations) AS a,"
        " (SELECT count() FROM _categorizations_by_ticket FINAL) AS b"
    )
    assert client.rows(raw) == [{"a": 97, "b": 97}]


def test_a_row_alone_is_to_blame_when_its_table_took_one_before(client: Client, forbid: Callable[[str], None]) -> None:
    """The last row that was stored is written once more as proof, which changes nothing."""
    forbid("category != 'forbidden'")
    sink = RowWriter(client)
    sink.write([categorized("T-1", 1)])
    before = client.rows("SELECT * FROM categorizations")
    sifted = sink.sift([categorized("T-2", 2, category="forbidden")])

    assert [refused.record.event["ticket_id"] for refused in sifted.refused] == ["T-2"]
    assert client.rows("SELECT * FROM categorizations") == before


def test_nothing_is_blamed_without_proof(client: Client, forbid: Callable[[str], None]) -> None:
    """When no row of a table went in, neither now nor before, who is to blame is not known."""
    forbid("category != 'forbidden'")
    with pytest.raises(Rejected, match="to blame"):
        RowWriter(client).sift(
            [categorized("T-1", 1, category="forbidden"), categorized("T-2", 2, category="forbidden")]
        )


def test_a_table_that_refuses_what_it_took_before_is_to_blame(client: Client, forbid: Callable[[str], None]) -> None:
    """A table that was changed by hand costs no row: the operator is told which."""
    sink = RowWriter(client)
    sink.write([categorized("T-1", 1)])
    forbid("ticket_id = ''")
    with pytest.raises(Misconfigured, match="undo what was changed in _categorizations"):
        sink.sift([categorized("T-2", 2), categorized("T-3", 3)])


def test_a_batch_may_span_any_number_of_months(client: Client) -> None:
    """ClickHouse's own bound of a hundred partitions for one insert would stop the sink for ever."""
    month_ms = 31 * 24 * 60 * 60 * 1000
    RowWriter(client).write([categorized(f"T-{n}", n, at_ms=NOON_MS - n * month_ms) for n in range(120)])

    assert client.rows("SELECT uniq(toYYYYMM(categorized_at)) > 100 AS many FROM categorizations") == [{"many": True}]


def test_how_far_a_topic_has_come(client: Client) -> None:
    """The highest record offset of each partition; another topic's rows and a topic without rows do not matter."""
    RowWriter(client).write(
        [categorized("T-1", 7), categorized("T-2", 4), categorized("T-3", 5, partition=2), corrected()]
    )

    assert highest_offsets(client, "TicketCategorized", "ticket-categorized") == {0: 70, 2: 50}
    assert highest_offsets(client, "TicketCorrected", "ticket-corrected") == {0: 0}
    assert highest_offsets(client, "TicketCorrected", "renamed") == {}
