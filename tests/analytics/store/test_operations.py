"""Timed operations and changes of breakers, as analysts read them."""

import json
from typing import Any
from uuid import UUID

from analytics.clickhouse.client import Client
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from schemas.catalog import fingerprint_of, parse, released_texts
from schemas.codec import Decoder
from schemas.framing import single_object_header
from tests.support.event_examples import OPERATION, POSITION, as_json, written_with
from tests.support.stored_events import NOON_MS, categorized, operation


def _store(client: Client, *records: Row) -> None:
    RowWriter(client).write(records)


def test_operations_of_a_ticket(client: Client) -> None:
    """Each stage that ran is a row and begins where the one before it ended."""
    timings = {"decode_us": 20, "lookup_us": 10, "queue_us": 5, "model_us": 100, "rules_us": 7, "wait_us": 3}
    timings |= {"total_us": 145, "received_at": NOON_MS * 1000}
    _store(client, categorized(timings=timings, model_outcome="timeout", attempts=3))

    rows = client.rows(
        "SELECT operation, toUnixTimestamp64Micro(started_at) AS us, duration_ms, outcome, attempts, ticket_id,"
        " instance FROM operations ORDER BY operation"
    )

    assert [
        (r["operation"], r["us"] - NOON_MS * 1000, r["duration_ms"], r["outcome"], r["attempts"]) for r in rows
    ] == [
        ("decode", 0, 0.020, "ok", 1),
        ("end_to_end", 0, 0.145, "timeout", 3),
        ("lookup", 20, 0.010, "ok", 1),
        ("rules", 135, 0.007, "ok", 1),
        ("window_wait", 142, 0.003, "ok", 1),
    ]
    assert {("T-1", "")} == {(row["ticket_id"], row["instance"]) for row in rows}


def test_operations_that_belong_to_no_ticket(client: Client) -> None:
    """Telemetry's timings are rows of their own; a stage of 0 is none; breakers are told apart."""
    _store(client, operation("model_call", 1, attempts=2), operation("transaction", 2, outcome="ok"))
    _store(client, operation("model", 3, kind="BREAKER", outcome="open", attempts=5, duration_us=0))
    _store(client, operation("someday", 4, kind="UNKNOWN"))

    rows = client.rows("SELECT operation, duration_ms, outcome, attempts, instance FROM operations ORDER BY operation")
    breakers = client.rows("SELECT name, instance, state, failures FROM breakers")

    assert [tuple(row.values()) for row in rows] == [
        ("model_call", 25.0, "answered", 2, "host-0"),
        ("transaction", 25.0, "ok", 1, "host-0"),
    ]
    assert breakers == [{"name": "model", "instance": "host-0", "state": "open", "failures": 5}]


def test_a_call_leads_to_its_cost(client: Client) -> None:
    """By the id that its answers name; a call that told nothing has no cost, nor has any other operation."""
    silent: dict[str, Any] = dict.fromkeys(("input_tokens", "cached_tokens", "output_tokens", "cost"))
    named, unnamed = UUID(int=1), UUID(int=2)
    told = operation(
        "model_call", 1, event_id=str(named), input_tokens=346, cached_tokens=300, output_tokens=1, cost=0.5
    )
    _store(client, told, told, operation("model_call", 2, event_id=str(unnamed), **silent))
    _store(client, categorized(model_call_id=named.hex), operation("transaction", 3, outcome="ok", **silent))

    rows = client.rows(
        "SELECT o.input_tokens, o.cached_tokens, o.output_tokens, o.cost FROM categorizations AS c"
        " INNER JOIN operations AS o ON o.model_call_id = c.model_call_id"
        " WHERE c.ticket_id = 'T-1' AND o.operation = 'model_call'"
    )
    silently = client.rows("SELECT operation, count() AS n FROM operations WHERE cost IS NULL GROUP BY 1")

    assert [tuple(row.values()) for row in rows] == [(346, 300, 1, 0.5)]
    assert {row["operation"]: row["n"] for row in silently}.items() >= {"model_call": 1, "transaction": 1}.items()
    assert client.rows("SELECT count() AS n FROM operations WHERE operation != 'model_call' AND cost >= 0") == [
        {"n": 0}
    ]


def test_a_call_from_before_its_cost_was_told(client: Client) -> None:
    """An event of the first release, in Avro and in JSON, is a row without a cost."""
    text = released_texts("Operation")[0]
    decoder = Decoder("Operation")
    names = {field["name"] for field in json.loads(text)["fields"]}
    older = {name: value for name, value in OPERATION.items() if name in names}
    avro = written_with(text, older, single_object_header(fingerprint_of(parse(json.loads(text)))))
    values = [avro, as_json(older | {"event_id": "o-2", "started_at": OPERATION["started_at"] / 1000})]
    _store(client, *(Row("Operation", decoder.decode(value, POSITION), POSITION) for value in values))

    rows = client.rows("SELECT input_tokens, cached_tokens, output_tokens, cost FROM operations")

    assert "cost" not in names
    assert rows == 2 * [dict.fromkeys(("input_tokens", "cached_tokens", "output_tokens", "cost"))]
