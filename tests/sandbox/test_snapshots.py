"""The broker's file after a loss of power, and records that the broker lost."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
import urllib3

from analytics.clickhouse.client import Client
from analytics.clickhouse.migrate import migrate
from analytics.store.row_writer import RowWriter
from consumer.commands.publish import Publisher
from consumer.config.clickhouse import clickhouse_of
from consumer.errors import ConfigurationError
from consumer.kafka import admin
from sandbox import clickhouse_part, snapshots
from sandbox.data_folder import DataFolder
from sandbox.lost_records import forget_lost_records
from sandbox.ports import Ports
from sandbox.running import Running
from sandbox.system import Sandbox
from tests.support.event_examples import CORRECTED
from tests.support.stored_events import categorized
from tests.support.waiting import until

if TYPE_CHECKING:
    from schemas.events import TicketCorrected

WHOLE, LATER = '{"topics": [1]}', '{"topics": [1, 2]}'


@pytest.mark.parametrize("half", ["", '{"topics": [1, ', "\x00" * 20])
def test_half_a_file_is_replaced_by_that_of_the_start_before(tmp_path: Path, half: str) -> None:
    """And said; a whole one stays as it is."""
    told: list[str] = []
    (tmp_path / "kafka.json").write_text(WHOLE, encoding="utf-8")
    snapshots.keep(tmp_path, told.append)
    (tmp_path / "kafka.json").write_text(LATER, encoding="utf-8")
    snapshots.keep(tmp_path, told.append)
    assert (tmp_path / "kafka.json").read_text(encoding="utf-8") == LATER
    assert told == []

    (tmp_path / "kafka.json").write_text(half, encoding="utf-8")
    snapshots.keep(tmp_path, told.append)

    assert (tmp_path / "kafka.json").read_text(encoding="utf-8") == LATER
    assert told == ["the broker's file is damaged: what came in since its last start is lost"]


def test_half_a_file_and_nothing_else_is_an_error_with_its_mend(tmp_path: Path) -> None:
    """The first start of all leaves nothing; afterwards --fresh helps."""
    snapshots.keep(tmp_path, lambda _: None)
    (tmp_path / "kafka.json").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="begin anew with --fresh"):
        snapshots.keep(tmp_path, lambda _: None)


def test_clickhouse_is_filled_again_from_what_the_broker_holds(tmp_path: Path) -> None:
    """Where it holds more, and where it has lost all; where nothing is lost, nothing is done."""
    system = Sandbox(tmp_path, with_service=False)
    told: list[str] = []
    now_ms = time.time_ns() // 1_000_000
    try:
        system.start_clickhouse()
        system.start_broker()
        settings = system.settings()
        admin.create(settings, 1, 1)
        people = Publisher(settings)
        people.correction(cast("TicketCorrected", {**CORRECTED, "ticket_id": "kept", "corrected_at": now_ms}))
        assert people.finish() == []
        with clickhouse_of(settings) as client:
            migrate(client)
            forget_lost_records(settings, client, told.append)
            emptied = until(lambda: stored(client))
            RowWriter(client).write([categorized("lost", 5, at_ms=now_ms)])
            before = until(lambda: client.rows("SELECT ticket_id FROM categorizations"))
            forget_lost_records(settings, client, told.append)
            after = client.rows("SELECT ticket_id FROM categorizations")
            forget_lost_records(settings, client, told.append)
            kept = stored(client)
    finally:
        system.stop()

    assert emptied == kept == ["kept"]
    assert (before, after) == ([{"ticket_id": "lost"}], [])
    assert told == ["what was killed had lost records: ClickHouse is filled again from the topics"] * 2


def stored(client: Client) -> list[str]:
    return [row["ticket_id"] for row in client.rows("SELECT ticket_id FROM corrections")]


def test_data_that_clickhouse_cannot_open_is_set_aside(tmp_path: Path) -> None:
    """It is not deleted, the address stays, and the message says where it is."""
    warned: list[str] = []
    data, port = tmp_path / "clickhouse", Ports(tmp_path / "ports.json", warned.append).of("clickhouse")
    parts = Running(DataFolder(tmp_path), lambda: False)
    try:
        first = clickhouse_part.serve(parts, port, data, warned.append)
        assert urllib3.request("POST", first, body="CREATE DATABASE mine").status == 200
        parts.stop("clickhouse")
        (data / "metadata" / "mine.sql").write_text("half of", encoding="utf-8")
        second = clickhouse_part.serve(parts, port, data, warned.append)
    finally:
        parts.stop_all(lambda _: None)

    assert first == second
    assert warned == [f"ClickHouse could not open its data, which is in {tmp_path}/clickhouse.damaged now"]
    assert (tmp_path / "clickhouse.damaged" / "metadata" / "mine.sql").exists()
