"""What people correct becomes an override in the topic: in any order, whatever dies, until somebody takes it away."""

import csv
import io
import json
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from consumer.answer.override_record import Override, decode
from consumer.kafka.topic_reader import every
from schemas.codec import Encoder
from tests.support.stored_events import categorized
from tests.support.topics import Put
from tests.support.waiting import until
from tests.support.world import PARTITIONS, Shared, World
from tests.system.conftest import Worlds
from tests.system.proxy import Api, proxy_before
from tests.system.test_crash_points import AFTER, BEFORE, death_at, through
from tests.system.worker import worker

pytestmark = [pytest.mark.delivery, pytest.mark.long]

ANSWERS = Encoder("TicketCategorized", "single-object", "ticket-categorized")
CORRECTIONS = Encoder("TicketCorrected", "single-object", "ticket-corrected")
NOW_MS = time.time_ns() // 1_000_000
STEPS = (
    (Api.ADD_PARTITIONS_TO_TXN, BEFORE),
    (Api.TXN_OFFSET_COMMIT, BEFORE),
    (Api.TXN_OFFSET_COMMIT, AFTER),
    (Api.END_TXN, BEFORE),
    (Api.END_TXN, AFTER),
)


def text(number: int) -> str:
    return f"v2:{number:032x}"


def answers(world: World, tickets: range, category: str = "account") -> None:
    """Answers to tickets of as many texts."""
    events = (
        categorized(f"T-{n}", n, at_ms=NOW_MS - 5000, fingerprint=text(n), category=category, subcategory=None)
        for n in tickets
    )
    world.put_to(
        world.topics.categorized,
        [
            Put(ANSWERS.encode(row.event), row.event["ticket_id"].encode(), None, n % PARTITIONS)
            for n, row in enumerate(events)
        ],
    )


def correct(world: World, ticket: str, category: str, by: str | None = "ana", at_ms: int = NOW_MS) -> None:
    event: Any = {
        "event_id": f"{ticket}-{category}-{by}",
        "ticket_id": ticket,
        "category": category,
        "subcategory": None,
        "judged_event_id": None,
        "origin": "AGENT",
        "corrected_by": by,
        "reason": None,
        "corrected_at": at_ms,
    }
    world.put_to(world.topics.corrected, [Put(CORRECTIONS.encode(event), ticket.encode())])


def overrides(world: World) -> dict[str, Override]:
    """The newest record of each text."""
    found: dict[str, Override] = {}
    for record in world.committed(world.topics.overrides):
        fingerprint = (record.key or b"").decode().rpartition("|")[2]
        found.pop(fingerprint, None)
        if record.value is not None:
            found[fingerprint] = decode(record.value)
    return found


def _answered(world: World, number: int) -> str:
    """Put an answer; where it is stored."""
    answers(world, range(number, number + 1))
    return "_categorizations"


def _corrected(world: World, number: int) -> str:
    """Put a correction; where it is stored, also without an answer."""
    correct(world, f"T-{number}", "billing")
    return "_corrections"


def _is_stored(world: World, number: int, table: str) -> bool:
    with world.clickhouse() as client:
        query = "SELECT 1 AS found FROM {table:Identifier} WHERE ticket_id = {ticket:String}"
        return bool(client.rows(query, {"table": table, "ticket": f"T-{number}"}))


@pytest.mark.timeout(600)
def test_a_sinks_death_at_any_step_loses_no_override(worlds: Worlds, shared: Shared) -> None:
    """Killed before or after any request of the transaction; the correction comes first, or the answer does."""
    deaths = [(step, place % 2 == 1) for place, step in enumerate(STEPS)]
    with proxy_before(shared.kafka) as proxy:
        world = worlds(**through(proxy))
        assert world.command("migrate").returncode == 0
        for number, (step, is_late) in enumerate(deaths):
            first, second = (_corrected, _answered) if is_late else (_answered, _corrected)
            with worker(world, "sink"):
                until(partial(_is_stored, world, number, first(world, number)))
            with death_at(world, proxy, "sink", step):
                second(world, number)
        with worker(world, "sink"):
            until(lambda: overrides(world).keys() == {text(each) for each in range(len(deaths))})

    found = overrides(world)
    assert {(each.category, each.people, each.state) for each in found.values()} == {("billing", 1, "active")}
    assert {each.scope for each in found.values()} == {world.settings.kafka_group_id}


@pytest.fixture(scope="module")
def told(worlds: Worlds) -> Iterator[World]:
    """A world with a sink that runs."""
    world = worlds(AUDIT_SHARE="0")
    with world.service("--role", "sink"):
        answers(world, range(40))
        until(lambda: world.stored() == 40)
        yield world


def _is_there(world: World, fingerprint: str) -> bool:
    return fingerprint in overrides(world)


def test_a_correction_is_in_the_topic_soon(told: World) -> None:
    took_s = []
    for number in range(5):
        began_s = time.monotonic()
        correct(told, f"T-{number}", "billing", f"person-{number}")
        until(partial(_is_there, told, text(number)))
        took_s.append(time.monotonic() - began_s)

    assert sorted(took_s)[2] < 5


def test_two_people_and_a_contradiction(told: World) -> None:
    world = told
    answers(world, range(40, 41))
    correct(world, "T-10", "billing")
    until(lambda: text(10) in overrides(world))
    again = categorized("T-100", 100, at_ms=NOW_MS, fingerprint=text(10), category="account", subcategory=None)
    world.put_to(world.topics.categorized, [Put(ANSWERS.encode(again.event), b"T-100", None, 0)])
    correct(world, "T-100", "billing", "ben")
    until(lambda: overrides(world)[text(10)].people == 2)
    correct(world, "T-100", "cards", "cy")
    until(lambda: overrides(world)[text(10)].reason == "contradicted")


def test_an_override_that_was_removed_stays_away(told: World) -> None:
    """The list names it, until it is removed; a correction made before does not bring it back, a later one does."""
    world = told
    for number in (20, 21):
        correct(world, f"T-{number}", "billing", "dora")
    until(lambda: {text(20), text(21)} <= overrides(world).keys())
    listed = [json.loads(line) for line in world.command("overrides", "list", "--format", "json").stdout.splitlines()]
    table = world.command("overrides", "list")
    rows = list(csv.DictReader(io.StringIO(world.command("overrides", "list", "--format", "csv").stdout)))
    [first] = [each for each in listed if each["fingerprint"] == text(20)]
    removed = world.command("overrides", "remove", text(20))
    by_correction = world.command("overrides", "remove", "--correction", "T-21-billing-dora")
    unknown = world.command("overrides", "remove", "v2:nothing")
    neither = world.command("overrides", "remove")

    assert (first["category"], first["people"], first["state"]) == ("billing", 1, "active")
    assert text(20) in table.stdout
    assert text(20) in {row["fingerprint"] for row in rows}
    assert (removed.returncode, by_correction.returncode, unknown.returncode, neither.returncode) == (0, 0, 1, 2)
    assert f"removed {text(20)}: billing" in removed.stdout
    assert overrides(world)[text(20)].reason == overrides(world)[text(21)].reason == "removed"
    correct(world, "T-20", "billing", "eve", NOW_MS + 1)
    correct(world, "T-21", "cards", "eve", time.time_ns() // 1_000_000 + 1000)
    until(lambda: overrides(world)[text(21)].is_active)
    until(lambda: ("T-20-billing-eve",) in world.rows("corrections", "event_id"))
    # What is decided after that is committed after that.
    correct(world, "T-22", "billing", "eve")
    until(lambda: text(22) in overrides(world))
    assert not overrides(world)[text(20)].is_active
    assert text(20) not in world.command("overrides", "list").stdout
    assert text(20) in world.command("overrides", "list", "--retired").stdout


def test_what_stands_on_a_forgotten_ticket_alone_goes(told: World) -> None:
    """What a second person seconded stands on, with one person less."""
    world = told
    correct(world, "T-30", "billing", "ana", NOW_MS)
    correct(world, "T-31", "billing", "ana", NOW_MS)
    other = categorized("T-131", 131, at_ms=NOW_MS, fingerprint=text(31), category="account", subcategory=None)
    world.put_to(world.topics.categorized, [Put(ANSWERS.encode(other.event), b"T-131", None, 0)])
    correct(world, "T-131", "billing", "ben", NOW_MS)
    until(lambda: text(30) in overrides(world) and overrides(world).keys() >= {text(31)})
    until(lambda: overrides(world)[text(31)].people == 2)
    rehearsed = json.loads(world.command("forget", "T-30", "T-131", "--dry-run", "--format", "json").stdout)
    forgotten = world.command("forget", "T-30", "T-131", "--format", "json")

    assert forgotten.returncode == 0, forgotten.stderr
    assert rehearsed["overrides_changed"] == json.loads(forgotten.stdout)["overrides_changed"] == 2
    assert text(30) not in overrides(world)
    assert overrides(world)[text(31)].people == 1
    assert overrides(world)[text(31)].correction_id == "T-31-billing-ana"
    assert not any(b"T-131" in (record.value or b"") for record in world.committed(world.topics.overrides)[-1:])


def test_a_rebuild_writes_what_is_missing_and_keeps_what_was_removed(worlds: Worlds) -> None:
    """After ClickHouse is lost, and beside it the topic of overrides is as it was; then nothing is left to write."""
    world = worlds(OVERRIDES="off")
    with world.service("--role", "sink"):
        answers(world, range(4))
        for number in range(3):
            correct(world, f"T-{number}", "billing", f"person-{number}")
        until(lambda: len(world.rows("corrections", "event_id")) == 3 and world.stored() == 4)
    before = overrides(world)
    on = {"OVERRIDES": "on"}
    first = world.command("rebuild", **on)
    removed = world.command("overrides", "remove", text(1), **on)
    with world.clickhouse() as client:
        client.outside(f"DROP DATABASE {world.settings.clickhouse_database}")
    again = world.command("rebuild", **on)

    assert before == {}
    assert (first.returncode, removed.returncode, again.returncode) == (0, 0, 0), first.stderr + again.stderr
    assert f"{world.topics.overrides}: 3 records written" in first.stdout
    assert world.topics.overrides not in again.stdout
    assert {fingerprint: each.reason for fingerprint, each in overrides(world).items()} == {
        text(0): None, text(1): "removed", text(2): None,
    }  # fmt: skip
    assert len(list(every(world.settings, world.topics.overrides))) == 4
