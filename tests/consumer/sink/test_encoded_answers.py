"""Records of every kind in one batch: each has the row or the letter that decoding it alone gives it."""

import itertools
import json
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_writer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.migrate import migrate
from analytics.store.encoded import EncodedRow
from analytics.store.rows import Row, columns
from consumer.bad_records.dead_letter import DeadLetter
from consumer.kafka.records import Record
from consumer.sink.batch import SinkBatch
from consumer.sink.clickhouse_writer import ClickHouseWriter, Inserted, Stored
from consumer.sink.row_store import ClickHouseRows, Connection
from consumer.sink.topic_check import TopicCheck
from consumer.sink.topics import SinkTopic
from consumer.time_limit import Running
from schemas.catalog import current_text
from schemas.codec import BadRecord, Decoder, Encoder
from schemas.position import Position
from tests.support.clickhouse_process import door_process
from tests.support.event_examples import KeptSchemas
from tests.support.stored_events import NOON_MS, categorized, corrected

TOPIC = "answers"
_offsets = itertools.count(1_000, 1_000)


class NothingToCheck:
    """Offsets of no topic."""

    def committed(self, *_: object) -> Mapping[Any, int]:
        return {}

    def watermarks(self, *_: object) -> tuple[int, int]:
        return 0, 0

    def commit(self, *_: object) -> bool:
        return True


class NoRollUps:
    def step(self) -> int:
        return 0


def _other_schema() -> str:
    """Our schema as another writer has it: another order, one field more, one without its default."""
    schema = json.loads(current_text("TicketCategorized"))
    schema["fields"] = [{"name": "more", "type": "string", "default": "x"}, *reversed(schema["fields"])]
    return json.dumps(schema)


REGISTRY = KeptSchemas()
_OTHER_ID = REGISTRY.register("other", _other_schema())
_OTHER_SCHEMA = parse_schema(json.loads(_other_schema()))
_SINGLE = Encoder("TicketCategorized", "single-object", TOPIC)
_OWN_ID = Encoder("TicketCategorized", "confluent", TOPIC, REGISTRY)
_JSON = Encoder("TicketCategorized", "json", TOPIC)
_CORRECTION = Encoder("TicketCorrected", "single-object", TOPIC).encode(corrected().event)


def _of_another_schema(event: Mapping[str, Any]) -> bytes:
    buffer = BytesIO()
    schemaless_writer(buffer, _OTHER_SCHEMA, {**event, "more": "y"})
    return b"\x00" + _OTHER_ID.to_bytes(4, "big") + buffer.getvalue()


def good(number: int) -> dict[str, bytes]:
    """Records of one answer, no two of them alike."""
    event = categorized(f"T-{number}", number).event
    return {
        "single": _SINGLE.encode(event),
        "same id": _OWN_ID.encode(event),
        "other id": _of_another_schema(event),
        "json": _JSON.encode(event),
    }


def bad(number: int) -> dict[str, bytes | None]:
    """Records that are no answer."""
    event = dict(categorized(f"T-{number}", number).event)
    single, own, text = (good(number)[name] for name in ("single", "same id", "json"))
    return {
        "tombstone": None,
        "empty": b"",
        "no framing": b"\x07 is no framing",
        "header alone": single[:10],
        "within the header": single[:7],
        "trailing": single + b"\x00",
        "trailing of the same id": own + b"x",
        "truncated": single[:-1],
        "two bodies": single + single[10:],
        "unknown fingerprint": single[:2] + b"12345678" + single[10:],
        "correction": _CORRECTION,
        "unknown id": b"\x00\x00\x00\x03\xe7" + single[10:],
        "bad text": single.replace(b"billing", b"billin\xff"),
        "half a pair": text.replace(b"billing", b"\\ud800"),
        "not finite": single.replace(struct.pack("<d", 0.93), struct.pack("<d", float("nan"))),
        "json not finite": text.replace(b"0.93", b"1e999"),
        "blank": _SINGLE.encode(event | {"ticket_id": " \u3000"}),
        "year 1": _SINGLE.encode(event | {"created_at": -62_135_596_800_000}),
        "too many bits": text.replace(b'"attempts":1', b'"attempts":2147483648'),
        "json list": b"[1]",
        "json cut": text[:-1],
    }


GOOD, BAD = tuple(good(0)), tuple(bad(0))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with door_process(tmp_path_factory.mktemp("encoded")) as door, connect(door.url, "encoded") as connected:
        migrate(connected)
        yield connected


def _records(names: Sequence[str]) -> list[Record]:
    first = next(_offsets)
    values = [{**good(number), **bad(number)}[name] for number, name in enumerate(names)]
    return [Record(Position(TOPIC, 0, first + n, NOON_MS), b"k", value, []) for n, value in enumerate(values)]


def _as_before(records: list[Record]) -> tuple[list[Row], list[DeadLetter]]:
    """Every record decoded by itself."""
    decoder = Decoder("TicketCategorized", REGISTRY)
    rows, letters = [], []
    for record in records:
        try:
            rows.append(Row("TicketCategorized", decoder.decode(record.value, record.position), record.position))
        except BadRecord as bad:
            letters.append(DeadLetter(bad.reason, bad.detail))
    return rows, letters


def _batch(records: list[Record]) -> SinkBatch:
    topic = SinkTopic("TicketCategorized", Decoder("TicketCategorized", REGISTRY))
    batch = SinkBatch()
    batch.begin(0.0)
    for record in records:
        batch.add(record, topic.read(record))
    return batch


def _running(insert: Callable[[], Inserted]) -> Running[Inserted]:
    return Running(insert, "insert")


def _stored(client: Client) -> list[dict[str, Any]]:
    return client.rows("SELECT hex(formatRow('RowBinary', *)) AS cells FROM _categorizations ORDER BY record_offset")


def _check(client: Client, names: Sequence[str]) -> None:
    records = _records(names)
    rows, letters = _as_before(records)
    batch = _batch(records)
    check = TopicCheck(NothingToCheck(), {TOPIC: "TicketCategorized"}, "g", client.database)
    writer = ClickHouseWriter(lambda: Connection(ClickHouseRows(client), NoRollUps()), check, _running)
    client.command("TRUNCATE TABLE _categorizations")
    assert writer.begin(batch) is None
    outcome = writer.end(batch, SinkBatch())
    stored = _stored(client)
    client.command("TRUNCATE TABLE _categorizations")
    if rows:
        client.insert("_categorizations", columns("TicketCategorized", rows), f"columns:{records[0].position.offset}")

    assert isinstance(outcome, Stored)
    assert outcome.again == []
    assert dict(outcome.rows) == ({"_categorizations": len(rows)} if rows else {})
    assert client.rows("SELECT count() AS n FROM _categorizations") == [{"n": len(rows)}]
    assert stored == _stored(client)
    assert [letter for _, letter in batch.dead] == letters
    assert [record for record, _ in batch.dead] == [
        record for record, name in zip(records, names, strict=True) if name in BAD
    ]


def test_good_records_of_every_framing_stay_encoded(client: Client) -> None:
    """Also those of another writer's schema and in JSON, which are encoded anew: all are stored in the same way."""
    assert {type(row) for row in _batch(_records(GOOD)).rows} == {EncodedRow}
    _check(client, GOOD)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_record_among_good_ones(client: Client, name: str) -> None:
    """It has the letter of before, with the reason of before, and the others are stored."""
    _check(client, ["single", name, *GOOD])


@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from([*GOOD, *GOOD, *BAD]), min_size=1, max_size=12))
def test_any_batch(client: Client, names: list[str]) -> None:
    """In any order, and however many of them are bad."""
    _check(client, names)
