"""`ticketstream review` on a terminal of its own, with a ClickHouse and a broker."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.clickhouse.client import Client
from analytics.store.row_writer import RowWriter
from schemas.decoder import Decoder
from tests.support.clickhouse_process import DoorProcess
from tests.support.mock_cluster import MockCluster, mock_cluster
from tests.support.stored_events import categorized, corrected
from tests.support.terminals import Screen, lasting, piped
from tests.support.topics import Reader

_PATIENCE_S = 90.0
_HOSTILE = "\x1b]0;owned\x07"


@pytest.fixture
def cluster() -> Iterator[MockCluster]:
    with mock_cluster() as running:
        running.make_topic("ticket-corrected")
        yield running


@pytest.fixture
def settings(door: DoorProcess, client: Client, cluster: MockCluster) -> dict[str, str]:
    """Three answers wait: one that was drawn for the audit, with a text, and two that are unsure."""
    at_ms = time.time_ns() // 1_000_000 - 3_600_000
    unsure: dict[str, Any] = {"decision": "SUGGEST", "at_ms": at_ms}
    RowWriter(client).write(
        [
            categorized("drawn", 1, at_ms=at_ms, audit_probability=0.02),
            categorized("unsure-1", 2, confidence=0.3, **unsure),
            categorized("unsure-2", 3, confidence=0.4, **unsure),
            categorized("judged", 4, confidence=0.5, **unsure),
            corrected("judged", offset=1),
        ]
    )
    long = "\n".join(["first line", _HOSTILE, *(f"line {number}" for number in range(40))])
    client.insert(
        "_ticket_texts",
        {
            "record_topic": ["ticket-created"],
            "record_partition": [0],
            "record_offset": [1],
            "ticket_id": ["drawn"],
            "received_at": [at_ms],
            "subject": ["About my card"],
            "description": [long],
        },
        f"text-{at_ms}",
    )
    return {
        "CLICKHOUSE_URL": door.url,
        "CLICKHOUSE_DATABASE": client.database,
        "KAFKA_BOOTSTRAP_SERVERS": cluster.address,
        "TICKET_URL": "https://helpdesk.example/{ticket_id}",
    }


def _command(*options: str) -> list[str]:
    return [sys.executable, "-m", "ticketstream", "review", *options]


def _published(cluster: MockCluster, n: int) -> list[dict[str, Any]]:
    decoder = Decoder("TicketCorrected")
    with Reader(cluster.address, "ticket-corrected") as reader:
        return [decoder.decode(record.value, record.position) for record in reader.until(lambda all_: len(all_) >= n)]


def _ended(screen: Screen) -> int:
    return screen.process.wait(_PATIENCE_S)


def test_answers_are_judged_by_keys(cluster: MockCluster, settings: dict[str, str], tmp_path: Path) -> None:
    """One key confirms, two correct, s skips; the audit comes first, and what was judged before does not come."""
    with lasting(_command("--by", "ana"), tmp_path, settings) as screen:
        screen.until("Ticket drawn: drawn at random for the audit", _PATIENCE_S)
        screen.press("\r")
        screen.until("Ticket unsure-1", _PATIENCE_S)
        screen.press("c")
        screen.until("What is right?", _PATIENCE_S)
        screen.press("1")
        screen.until("Ticket unsure-2", _PATIENCE_S)
        screen.press("s")
        screen.until("That was the last ticket", _PATIENCE_S)
        screen.press("x")
        assert _ended(screen) == 0
        shown = screen.until("Published to ticket-corrected", _PATIENCE_S)

    assert "Judged 2: 1 right, 1 wrong; skipped 1." in shown
    assert "https://helpdesk.example/unsure-1" in shown
    first, second = _published(cluster, 2)
    answers = [categorized("", offset).event["event_id"] for offset in (1, 2)]
    told = ("ticket_id", "category", "subcategory", "judged_event_id", "origin", "corrected_by")
    assert [first[name] for name in told] == ["drawn", "billing", "payment_issue", answers[0], "AUDIT", "typed:ana"]
    assert [second[name] for name in told] == ["unsure-1", "account", None, answers[1], "AGENT", "typed:ana"]


def test_a_judgement_is_taken_back(cluster: MockCluster, settings: dict[str, str], tmp_path: Path) -> None:
    """Nothing of it is published: the ticket is judged again."""
    with lasting(_command("--limit", "2"), tmp_path, settings) as screen:
        screen.until("Ticket drawn", _PATIENCE_S)
        screen.press("yu")
        screen.until("taken back", _PATIENCE_S)
        screen.press("c/change pin\r")
        screen.until("Ticket unsure-1", _PATIENCE_S)
        screen.press("q")
        assert _ended(screen) == 0
        assert "Judged 1: 0 right, 1 wrong; skipped 0." in screen.text

    (made,) = _published(cluster, 1)
    assert (made["category"], made["subcategory"], made["corrected_by"]) == ("security", "change_pin", None)


def test_a_judgement_is_published_while_the_person_thinks(
    cluster: MockCluster, settings: dict[str, str], tmp_path: Path
) -> None:
    """Five seconds later; then it cannot be taken back. Ctrl-C publishes what is left."""
    with lasting(_command(), tmp_path, settings) as screen:
        screen.until("Ticket drawn", _PATIENCE_S)
        screen.press("y")
        screen.until("Ticket unsure-1", _PATIENCE_S)
        assert [made["ticket_id"] for made in _published(cluster, 1)] == ["drawn"]
        screen.press("u")
        screen.until("Nothing to take back", _PATIENCE_S)
        screen.press("y")
        screen.until("Ticket unsure-2", _PATIENCE_S)
        assert screen.ctrl_c(_PATIENCE_S) == 130
        assert "Judged 2: 2 right" in screen.text

    assert [made["ticket_id"] for made in _published(cluster, 2)] == ["drawn", "unsure-1"]


def test_a_long_text_is_shown_whole_by_a_key(settings: dict[str, str], tmp_path: Path) -> None:
    """It commands nothing."""
    with lasting(_command("--kind", "audit"), tmp_path, settings) as screen:
        cut = screen.until("m shows all", _PATIENCE_S)
        screen.press("m")
        whole = screen.until("line 39", _PATIENCE_S)
        screen.press("q")
        assert _ended(screen) == 0

    assert "About my card" in cut
    assert "line 39" not in cut
    assert _HOSTILE not in whole


def test_without_a_terminal_the_queue_is_listed(settings: dict[str, str], tmp_path: Path) -> None:
    """A program is told about --list, which judges nothing and shows no text."""
    refused = piped(["ticketstream", "review"], tmp_path, settings)
    listed = piped(["ticketstream", "review", "--list", "--format", "json"], tmp_path, settings)
    as_csv = piped(["ticketstream", "review", "--list", "--kind", "unsure", "--format", "csv"], tmp_path, settings)

    assert refused.code == 2
    assert b"--list" in refused.errors
    document = json.loads(listed.out)
    assert [ticket["ticket_id"] for ticket in document["tickets"]] == ["drawn", "unsure-1", "unsure-2"]
    assert document["waiting_for_audit"] == 1
    assert b"About my card" not in listed.out
    assert [line.split(",")[1] for line in as_csv.lines[1:]] == ['"unsure-1"', '"unsure-2"']


def test_nothing_waits(settings: dict[str, str], tmp_path: Path) -> None:
    """It says so, and why second opinions are not asked for here."""
    with lasting(_command("--kind", "second_opinion"), tmp_path, settings) as screen:
        screen.until("Second opinions need a person", _PATIENCE_S)
        assert _ended(screen) == 0
    with lasting(_command("--kind", "disagreement"), tmp_path, settings) as screen:
        screen.until("waits for a judgement", _PATIENCE_S)
        assert _ended(screen) == 0
