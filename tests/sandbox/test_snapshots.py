"""The broker's file after a loss of power, and records that the broker lost."""

import time
from pathlib import Path

import pytest

from analytics.clickhouse.migrate import migrate
from analytics.store.row_writer import RowWriter
from consumer.config.clickhouse import clickhouse_of
from consumer.errors import ConfigurationError
from consumer.kafka import admin
from sandbox import snapshots
from sandbox.lost_records import forget_lost_records
from sandbox.system import Sandbox
from tests.support.stored_events import categorized
from tests.support.waiting import until

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


def test_clickhouse_is_filled_again_where_it_holds_what_the_broker_lost(tmp_path: Path) -> None:
    """What both have, stays; and where nothing was lost, nothing is done."""
    system = Sandbox(tmp_path, with_service=False)
    told: list[str] = []
    try:
        system.start_clickhouse()
        system.start_broker()
        settings = system.settings()
        admin.create(settings, 1, 1)
        with clickhouse_of(settings) as client:
            migrate(client)
            forget_lost_records(settings, client, told.append)
            assert told == []
            RowWriter(client).write([categorized("lost", 5, at_ms=time.time_ns() // 1_000_000)])
            stored = until(lambda: client.rows("SELECT ticket_id FROM categorizations"))
            forget_lost_records(settings, client, told.append)
            left = client.rows("SELECT ticket_id FROM categorizations")
    finally:
        system.stop()

    assert (stored, left) == ([{"ticket_id": "lost"}], [])
    assert told == ["ClickHouse is filled again: the broker lost its last records when it was killed"]
