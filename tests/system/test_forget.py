"""A ticket is forgotten beside a service that runs: ClickHouse holds no byte of it, Kafka what was listed, for good."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, NamedTuple

import pytest

from consumer.kafka.topic_reader import every
from schemas.codec import Encoder
from tests.support.clickhouse_process import door_process
from tests.support.model_server import ModelServer
from tests.support.stored_bytes import files_with
from tests.support.topics import Put
from tests.support.waiting import until
from tests.support.world import World, a_ticket, tickets
from tests.system.conftest import Worlds
from tests.system.test_crash_points import correction

pytestmark = [pytest.mark.delivery, pytest.mark.long]

GONE, STAYS = "quokka-8841", "numbat-1177"
SAID, UNSAID = "My marzipan card is unmistakable", "My nougat card is unmistakable"
WORDS = [GONE.encode(), SAID.encode()]
OTHERS = 5


class Done(NamedTuple):
    """What was found before, said by the commands, and found afterwards."""

    world: World
    folder: Path
    before: set[bytes]
    rehearsed: dict[str, Any]
    forgotten: dict[str, Any]
    unknown: CompletedProcess[str]
    rebuilt: CompletedProcess[str]


@pytest.fixture(scope="module")
def done(worlds: Worlds, model: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    folder = tmp_path_factory.mktemp("door")
    with door_process(folder) as door:
        world = worlds(
            ML_API_URL=model.url, CLICKHOUSE_URL=door.url, TEXTS_KEPT_DAYS="30", AUDIT_SHARE="1", DLQ_FLOOD_SHARE="0"
        )
        with world.service():
            _fill(world)
            before = _words_in(folder)
            rehearsed = world.command("forget", GONE, "--dry-run", "--format", "json")
            assert rehearsed.returncode == 0, rehearsed.stderr
            forgotten = world.command("forget", GONE, "--format", "json")
            assert forgotten.returncode == 0, forgotten.stderr
            unknown = world.command("forget", "nobody-knows-it", STAYS, "--dry-run")
            after = _words_in(folder)
        assert after == {UNSAID.encode()}
        rebuilt = world.command("rebuild")
        yield Done(world, folder, before, json.loads(rehearsed.stdout), json.loads(forgotten.stdout), unknown, rebuilt)


def _fill(world: World) -> None:
    """Tickets, with everything that is written of one."""
    told = Encoder("TicketCorrected", "single-object", world.topics.corrected)
    judged = {**_correction(), "ticket_id": GONE, "reason": SAID}
    world.publish([a_ticket(GONE, SAID), a_ticket(STAYS, UNSAID), *tickets("other", OTHERS)])
    world.put([Put(b"\x07 is no framing, of " + GONE.encode(), GONE.encode())])
    world.put_to(world.topics.corrected, [Put(told.encode(judged), None), correction(1)])
    until(lambda: len(world.rows("ticket_texts", "ticket_id")) == OTHERS + 2)
    until(lambda: world.stored() == OTHERS + 2 and (GONE,) in world.rows("corrections", "ticket_id"))
    until(lambda: len(world.committed(world.topics.dead_letter)) == 1)


def _correction() -> Any:
    return {
        "event_id": "judged",
        "category": "billing",
        "subcategory": None,
        "judged_event_id": None,
        "origin": "AGENT",
        "corrected_by": "ana",
        "corrected_at": int(datetime.now(UTC).timestamp() * 1000),
    }


def _words_in(folder: Path) -> set[bytes]:
    return {word for held in files_with(folder, [*WORDS, UNSAID.encode()]).values() for word in held}


def test_no_byte_is_left_in_clickhouse(done: Done) -> None:
    """Before, id and text were found in its folder; a rebuild brings nothing back, and every other ticket is there."""
    assert done.before == {*WORDS, UNSAID.encode()}
    assert done.rebuilt.returncode == 0, done.rebuilt.stderr
    assert "were left out (forgotten)" in done.rebuilt.stdout
    assert _words_in(done.folder) == {UNSAID.encode()}
    others = {STAYS, *(f"other-{number}" for number in range(OTHERS))}
    for view in ("categorizations", "tickets", "ticket_texts"):
        assert {ticket_id for (ticket_id,) in done.world.rows(view, "ticket_id")} == others


def test_kafka_holds_exactly_what_is_listed(done: Done) -> None:
    """Every record with the id or the text, in any topic, also an aborted one, and no other; with the day it goes."""
    world = done.world
    holding = {
        (topic, record.position.partition, record.position.offset): record.position.timestamp_ms
        for topic in world.topics.all()
        for record in every(world.settings, topic)
        if any(word in (record.key or b"") + (record.value or b"") for word in WORDS)
    }
    listed = {
        (each["topic"], each["partition"], each["offset"]): each["retention_ends"]
        for each in done.forgotten["kafka_records"]
    }

    assert listed.keys() == holding.keys()
    assert {topic for topic, _, _ in listed} == {
        world.topics.created,
        world.topics.corrected,
        world.topics.categorized,
        world.topics.audit,
        world.topics.dead_letter,
    }
    year = timedelta(days=365)
    letter = next(place for place in listed if place[0] == world.topics.dead_letter)
    assert listed[letter] == f"{datetime.fromtimestamp(holding[letter] / 1000, UTC) + year:%Y-%m-%d}"


def test_it_says_what_it_did(done: Done) -> None:
    """A rehearsal counts the same rows and changes nothing; unknown ids are named, and the exit code says so."""
    rows = done.forgotten["clickhouse_rows"]

    assert done.rehearsed == {**done.forgotten, "dry_run": True}
    assert rows.keys() >= {"_categorizations", "_categorizations_by_ticket", "_corrections", "_judgements"}
    assert rows["_ticket_texts"] == 1
    assert done.unknown.returncode == 1
    assert "nobody-knows-it" in done.unknown.stderr
    assert "would forget 1 ticket" in done.unknown.stdout


def test_ids_come_from_files_too(done: Done) -> None:
    """A CSV and standard input; what was forgotten already is known; wrong usage is told."""
    file = done.folder.parent / "leavers.csv"
    file.write_text(f"name;Ticket ID\nAnn;{GONE}\nBob;{GONE}\n", encoding="utf-8")
    again = done.world.command("forget", "--from", str(file), "--dry-run", "--format", "json")
    neither = done.world.command("forget")

    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["tickets"] == [GONE]
    assert json.loads(again.stdout)["clickhouse_rows"] == {}
    assert neither.returncode == 2
    assert "--from" in neither.stderr


def test_what_the_sink_has_not_read_is_waited_for(worlds: Worlds, model: ModelServer) -> None:
    """A correction that stands before a slow sink would come into ClickHouse after its ticket is gone."""
    world = worlds(ML_API_URL=model.url)
    with world.service() as service:
        world.publish([a_ticket("slow"), a_ticket("other")])
        until(lambda: world.stored() == 2)
        sink = service.workers()["sink-0"]
        os.kill(sink, signal.SIGSTOP)
        told = Encoder("TicketCorrected", "single-object", world.topics.corrected)
        world.put_to(
            world.topics.corrected, [Put(told.encode({**_correction(), "ticket_id": "slow", "reason": None}), b"slow")]
        )
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(world.command, "forget", "slow")
            is_early = bool(wait([running], 4).done)
            os.kill(sink, signal.SIGCONT)
            done = running.result()

    assert done.returncode == 0, done.stderr
    assert not is_early
    assert "_corrections: 1 row" in done.stdout
    assert world.rows("_corrections", "ticket_id") == []
    assert world.rows("categorizations", "ticket_id") == [("other",)]
