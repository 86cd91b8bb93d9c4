"""Judging on the page of a service: from the ticket to ClickHouse, and what a service that stops does with it."""

import signal
from typing import Any

import pytest

from tests.support.judging import WRITE_TOKEN, Judge
from tests.support.waiting import until
from tests.support.world import World, a_ticket
from tests.system.conftest import Worlds

pytestmark = pytest.mark.long

SETTINGS = {
    "HTTP_WRITE_TOKEN": WRITE_TOKEN,
    "TEXTS_KEPT_DAYS": "30",
    "AUDIT_SHARE": "1",
    "TICKET_URL": "https://desk.example/{ticket_id}",
}


def _taken(judge: Judge, number: int) -> list[dict[str, Any]]:
    """The first tickets with their texts, once they are stored."""

    def taken() -> list[dict[str, Any]]:
        judge.ask("leave")
        # Before the sink has made the tables, there is a sentence instead.
        found: list[dict[str, Any]] = judge.ask("take").json().get("tickets", [])
        return found if len(found) >= number and all(ticket["text"] for ticket in found) else []

    return until(taken)


def _corrections(world: World) -> list[tuple[Any, ...]]:
    return world.rows("corrections", "ticket_id, category, origin, corrected_by, judged_event_id, label_state")


def test_a_judgement_reaches_the_reports(worlds: Worlds) -> None:
    """As a correction of exactly the answer that was shown; the texts and the token are in no log."""
    world = worlds(**SETTINGS)
    with world.service() as service:
        judge = Judge.signed_in(service.address())
        world.publish([a_ticket(f"J-{n}", f"Unmistakable marzipan {'abc'[n]}") for n in range(2)])
        first, second = _taken(judge, 2)[:2]
        right = judge.judge(first, name="Ana").status
        wrong = judge.judge(second, "security", None).status
        other_port = judge.ask("leave", Origin="http://127.0.0.1:1", Sec_Fetch_Site="").status
        until(lambda: len(_corrections(world)) == 2)
        output = service.output()

    assert (right, wrong, other_port) == (200, 200, 403)
    assert "marzipan" in first["text"]["subject"]
    assert first["link"] == f"https://desk.example/{first['ticket_id']}"
    assert sorted(_corrections(world)) == sorted(
        [
            (first["ticket_id"], first["category"], "AUDIT", "typed:Ana", first["event_id"], "confirmed"),
            (second["ticket_id"], "security", "AUDIT", None, second["event_id"], "corrected"),
        ]
    )
    assert "marzipan" not in output
    assert WRITE_TOKEN not in output


def test_a_service_that_stops_publishes_what_could_be_undone(worlds: Worlds) -> None:
    """Within its ten seconds, and nothing is lost."""
    world = worlds(**SETTINGS)
    with world.service() as service:
        judge = Judge.signed_in(service.address())
        world.publish([a_ticket("J-1")])
        ticket = _taken(judge, 1)[0]
        assert judge.judge(ticket).status == 200
        service.signal(signal.SIGTERM)
        code = service.wait()
        lost = service.events("review.lost")

    assert (code, lost) == (0, [])
    assert [record.key for record in world.committed(world.topics.corrected)] == [b"J-1"]
