"""What a model tells of its costs and of its confidence, from its replies to the report, over deaths of ClickHouse."""

import json
import threading
from typing import Any

import pytest

from tests.support.model_server import Asked, Door, serve
from tests.support.waiting import until
from tests.support.world import World, a_ticket
from tests.system.conftest import Worlds

pytestmark = [pytest.mark.delivery, pytest.mark.long]

TICKETS = 40
TEXTS = 25


class Meter:
    """A model whose calls all cost something: answers, an error now and then, and batches with a bad ticket."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.calls = 0
        self.input_tokens = 0
        self.nano = 0

    def __call__(self, asked: Asked, door: Door) -> None:
        usage = self._counted(len(asked.tickets))
        if any("refuse" in ticket["description"] for ticket in asked.tickets):
            door.reply(json.dumps({"error": {"code": "content"}, "usage": usage}).encode(), 422)
        elif asked.number % 4 == 1:
            door.reply(json.dumps({"error": {"code": "busy"}, "usage": usage}).encode(), 503)
        else:
            labels = [{"category": "billing", "confidence": 0.99}]
            predictions = [{"id": ticket["id"], "labels": labels} for ticket in asked.tickets]
            reply = {"model": "llm-1", "predictions": predictions, "calibrated": False, "usage": usage}
            door.reply(json.dumps(reply).encode())

    def _counted(self, tickets: int) -> dict[str, Any]:
        with self._lock:
            self.calls += 1
            tokens, nano = 300 * tickets, 60_000 * tickets + self.calls
            self.input_tokens += tokens
            self.nano += nano
        return {"input_tokens": tokens, "cached_tokens": tokens // 2, "output_tokens": tickets, "cost": nano / 1e9}


def report(world: World) -> dict[str, Any]:
    done = world.command("report", "cost", "--format", "json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def nano(rows: list[dict[str, Any]]) -> int:
    return sum(round(row["cost"] * 1e9) for row in rows)


def test_every_call_is_in_the_report_once(worlds: Worlds) -> None:
    """Errors, retries, refused tickets and splits included; no answer is automatic; a rebuild changes nothing."""
    meter = Meter()
    with serve(meter) as server:
        world = worlds(ML_API_URL=server.url, ML_BATCH_SIZE="4", MIN_CONFIDENCE="0.5")
        created = [a_ticket(f"T-{n}", f"{chr(97 + n % TEXTS)} invoice", "please pay") for n in range(TICKETS)]
        created.append(a_ticket("T-bad", "invoice", "refuse this"))
        with world.service():
            world.publish(created)
            answers = world.answers_to((each["ticket_id"] for each in created), lambda found: not found["provisional"])
            until(lambda: world.stored() == len(answers))
            until(lambda: sum(row[0] or 0 for row in costs(world)) == meter.input_tokens)
    first = report(world)
    with world.clickhouse() as client:
        client.outside(f"DROP DATABASE {world.settings.clickhouse_database}")
    rebuilt = world.command("rebuild")

    by_model = [answer for answer in answers if answer["method"] != "RULES"]
    assert {answer["decision"] for answer in by_model} == {"SUGGEST"}
    assert {answer["explanation"][-1] for answer in by_model} == {"model.uncalibrated"}
    assert (first["calls"] + first["retries"], first["input_tokens"]) == (meter.calls, meter.input_tokens)
    assert first["tickets"] == len(created)
    for table in ("days", "models", "categories"):
        assert nano(first[table]) == meter.nano, table
        assert sum(row["input_tokens"] for row in first[table]) == meter.input_tokens
    categories = {row["category"]: row for row in first["categories"]}
    assert categories["(no ticket)"]["cost"] > 0
    assert categories["billing"]["tickets"] == TICKETS
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert report(world) | {"since": ""} == first | {"since": ""}


def costs(world: World) -> list[tuple[Any, ...]]:
    return world.rows("operations", "input_tokens")
