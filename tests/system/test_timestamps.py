"""Records to which Kafka gives no time, through the whole service."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.support.broker_differences import Gap
from tests.support.model_behaviour import answering, failing
from tests.support.model_server import ModelServer
from tests.support.topics import Put
from tests.support.waiting import until
from tests.support.world import World
from tests.system.conftest import Worlds

pytestmark = [pytest.mark.delivery, pytest.mark.long, pytest.mark.needs(Gap.NO_TIMESTAMPS)]

NO_TIME = -1


@pytest.fixture(scope="module")
def world(worlds: Worlds, model: ModelServer) -> Iterator[World]:
    made = worlds(ML_API_URL=model.url, ML_BATCH_SIZE="1", ML_DEADLINE="2")
    with made.service():
        yield made


def test_tickets_and_corrections_without_any_time_are_healthy(world: World, model: ModelServer) -> None:
    """They have the time of reading, in later revisions and views too; only a bad record makes a letter."""
    began_ms = time.time_ns() // 1_000_000
    model.script = failing
    ticket = json.dumps({"ticket_id": 12, "subject": "Refund of my transfer", "attributes": {"vip": True}})
    world.put([Put(ticket.encode(), b"12", timestamp_ms=NO_TIME), Put(b"?", b"bad", timestamp_ms=NO_TIME)])
    world.answers_to(["12"])
    model.script = answering
    answers = world.answers_to(["12"], lambda answer: answer["revision"] == 1)
    correction = json.dumps({"ticket_id": 12, "category": "billing"})
    world.put_to(world.topics.corrected, [Put(correction.encode(), b"12", timestamp_ms=NO_TIME)])
    until(lambda: len(world.rows("corrections", "event_id")) == 1)
    until(lambda: len(world.committed(world.topics.dead_letter)) == 1)
    [letter] = world.committed(world.topics.dead_letter)
    [(corrected_ms, revision)] = world.rows("corrections", "toUnixTimestamp64Milli(corrected_at), judged_revision")
    ended_ms = time.time_ns() // 1_000_000

    assert [answer["revision"] for answer in answers] == [0, 1]
    assert answers[0]["source"] == answers[1]["source"]
    assert answers[0]["created_at"] == answers[1]["created_at"] == answers[0]["source"]["timestamp"]
    assert began_ms <= answers[0]["created_at"] <= corrected_ms <= ended_ms
    assert revision == 1
    assert began_ms <= int(letter.header("ts-timestamp") or 0) <= ended_ms
    assert letter.header("ts-reason") == "bad_framing"
