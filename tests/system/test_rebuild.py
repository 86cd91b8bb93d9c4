"""A ClickHouse that was lost, and is filled again from the topics."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.model_server import ModelServer
from tests.support.waiting import until
from tests.support.world import World, tickets
from tests.system.conftest import Worlds
from tests.system.test_crash_points import BAD, correction

pytestmark = [pytest.mark.delivery, pytest.mark.long]

BURST = 40


def views(world: World) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """What an analyst sees."""
    answers = world.rows("categorizations", "event_id, category, source_partition, source_offset, total_ms")
    return sorted(answers), sorted(world.rows("corrections", "event_id, ticket_id, category, corrected_at"))


def test_a_lost_database_comes_back_from_the_topics(worlds: Worlds, model: ModelServer) -> None:
    """Every row as it was, once, however often it is run, also beside what the sink has written meanwhile."""
    world = worlds(ML_API_URL=model.url)
    with world.service():
        world.publish(tickets("first", BURST))
        world.put_to(world.topics.corrected, [*(correction(number) for number in range(BURST)), BAD])
        until(lambda: world.stored() == BURST and len(world.rows("corrections", "event_id")) == BURST)
    before = views(world)
    database = world.settings.clickhouse_database
    with world.clickhouse() as client:
        client.outside(f"DROP DATABASE {database}")
    rehearsed = world.command("rebuild", "--dry-run")
    lost = world.rows("categorizations", "event_id")
    done = world.command("rebuild")
    after = views(world)
    again = world.command("rebuild")
    twice = views(world)

    assert (rehearsed.returncode, lost) == (0, [])
    assert f"{world.topics.categorized}: " in rehearsed.stdout
    assert done.returncode == 0, done.stderr
    assert f"{world.topics.categorized}: {BURST} records written" in done.stdout
    assert "1 records make no row (bad_framing)" in done.stdout
    assert before == after == twice
    assert again.returncode == 0


def test_only_what_is_new_enough_is_written(worlds: Worlds, model: ModelServer) -> None:
    """`--from` leaves out what the broker took before; times that are none are refused."""
    world = worlds(ML_API_URL=model.url)
    with world.service("--role", "categorizer"):
        world.publish(tickets("old", BURST))
        world.answers_to(f"old-{number}" for number in range(BURST))
        # Timestamps are whole milliseconds: `between` must be a later one than that of the last old record.
        time.sleep(0.05)
        between = datetime.now(UTC).isoformat()
        world.publish(tickets("new", BURST))
        world.answers_to(f"new-{number}" for number in range(BURST))
    done = world.command("rebuild", "--from", between)
    wrong = world.command("rebuild", "--from", "yesterday")
    assert done.returncode == 0, done.stderr
    assert {ticket_id for (ticket_id,) in world.rows("categorizations", "ticket_id")} == {
        f"new-{n}" for n in range(BURST)
    }
    assert wrong.returncode == 2
    assert "2026-11-22" in wrong.stderr
