"""What the page tells of models: who answers, how right each version is, what the next comparison lacks."""

import hashlib
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import urllib3

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.migrate import migrate
from analytics.clickhouse.queries import read
from analytics.dashboard.models_figures import Judged, Seen, outlook
from analytics.dashboard.models_folder import Models
from analytics.store.row_writer import RowWriter
from learning.texts import is_for_gate
from tests.analytics.dashboard.conftest import no_clickhouse
from tests.support import models_story
from tests.support.clickhouse_process import DoorProcess
from tests.support.models_story import HOSTILE, SERVED
from tests.support.page_server import Visitor, served
from tests.support.stored_events import categorized, corrected

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_the_traffic_is_every_answer_once(visitor: Visitor, client: Client) -> None:
    """By model and by what gave them; a second revision is an answer too."""
    told = visitor.get("/api/models?days=1").json()["traffic"]
    stored = client.rows("SELECT model, method, count() AS n FROM categorizations GROUP BY ALL")

    assert {(row["model"], row["method"]): row["answers"] for row in told} == {
        (row["model"], row["method"]): row["n"] for row in stored
    }
    assert len(told) == len(stored) >= 3


def test_each_model_has_its_accuracy(visitor: Visitor, client: Client) -> None:
    """From the audit and from all that people judged, as the report counts them; below 30 there is no number."""
    told = {row["model"]: row for row in visitor.get("/api/models?days=1").json()["accuracy"]}
    # What the second person said was overruled.
    query = """
        SELECT count() AS n, countIf(label_state = 'confirmed') AS right
        FROM corrections
        WHERE judged_event_id IN (SELECT event_id FROM categorizations WHERE model = {model:String})
            AND corrected_by != 'noor'"""
    (stored,) = client.rows(query, {"model": SERVED})

    assert set(told) == {SERVED}
    assert told[SERVED]["verified"]["n"] == stored["n"]
    assert told[SERVED]["verified"]["share"] == pytest.approx(stored["right"] / stored["n"])
    assert told[SERVED]["audit"]["low"] < told[SERVED]["audit"]["share"] < told[SERVED]["audit"]["high"]


def test_few_judgements_give_no_number(door: DoorProcess) -> None:
    """29 answers of a model were judged: how many is said, and no share."""
    now_ms = time.time_ns() // 1_000_000
    with connect(door.url, "few_judged") as client:
        migrate(client)
        rows = [categorized(f"T-{n}", n, at_ms=now_ms, model="new", audit_probability=1.0) for n in range(29)]
        said = [corrected(f"T-{n}", "billing", n, at_ms=now_ms + 1, origin="AUDIT") for n in range(29)]
        RowWriter(client).write([*rows, *said])
        with served(partial(connect, door.url, "few_judged")) as address:
            (found,) = Visitor(address).get("/api/models?days=1").json()["accuracy"]
        client.outside("DROP DATABASE few_judged")

    assert found["audit"] == found["verified"] == {"n": 29, "share": None, "low": None, "high": None}


def test_the_gate_counts_texts_that_nobody_learns_from(door: DoorProcess) -> None:
    """One for each text whose first judgement was an audit, if its hash says so, however often the text came."""
    now_ms = time.time_ns() // 1_000_000
    texts = [f"v2:{n:032x}" for n in range(40)]
    ids = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]
    kept = Counter(is_for_gate(text_id) for text_id in ids)
    with connect(door.url, "gate") as client:
        migrate(client)
        answers, said = [], []
        for n in range(80):
            name = f"T-{n}"
            answers.append(
                categorized(name, n, at_ms=now_ms - 50_000, fingerprint=texts[n % 40], audit_probability=0.5)
            )
            said.append(corrected(name, "billing", n, at_ms=now_ms - 40_000 + n, origin="AUDIT"))
        # A person corrected this text before it was drawn: models may have learned it.
        answers.append(categorized("T-80", 80, at_ms=now_ms - 50_000, fingerprint="v2:corrected", audit_probability=0))
        said.append(corrected("T-80", "billing", 80, at_ms=now_ms - 45_000))
        answers.append(categorized("T-81", 81, at_ms=now_ms - 49_000, fingerprint="v2:corrected", audit_probability=1))
        said.append(corrected("T-81", "billing", 81, at_ms=now_ms - 44_000, origin="AUDIT"))
        RowWriter(client).write([*answers, *said])
        with served(partial(connect, door.url, "gate"), models=Models(None, 30)) as address:
            gate = Visitor(address).get("/api/models?days=1").json()["gate"]
        client.outside("DROP DATABASE gate")

    assert 10 < kept[True] < 30
    assert (gate["judged"], gate["for_gate"], gate["since_last"]) == (40, kept[True], kept[True])
    assert gate["missing"] == 300 - kept[True]
    assert gate["gate_share"] == pytest.approx(kept[True] / 40)


def test_judgements_are_new_after_the_last_comparison(visitor: Visitor) -> None:
    """All of the story's are."""
    before = visitor.get("/api/models?days=1").json()["gate"]

    assert before["for_gate"] == before["since_last"] > 300
    assert before["missing"] == 0


def test_a_comparison_of_now_leaves_none_that_are_new(door: DoorProcess, client: Client, tmp_path: Path) -> None:
    """Then a hundred are missing."""
    at = datetime.now(UTC) + timedelta(minutes=2)
    line = models_story.event(at.isoformat(), "promoted", SERVED, gate=models_story.COMPARED)
    (tmp_path / "history.jsonl").write_text(line, encoding="utf-8")
    with served(partial(connect, door.url, client.database), models=Models(tmp_path, 30)) as address:
        gate = Visitor(address).get("/api/models?days=1").json()["gate"]

    assert (gate["since_last"], gate["missing"]) == (0, 100)
    assert datetime.fromisoformat(gate["at"]) > datetime.now(UTC)


def test_the_outlook_is_the_rate_of_the_window() -> None:
    """4,000 tickets in the two days since the first; 2 % drawn, half of those judged, half of these kept: 10 a day."""
    judged = Judged(400, 200, 200, NOW - timedelta(days=2))
    told = outlook(judged, Seen(NOW - timedelta(days=30), 4000, 80, 40), NOW)

    assert told["missing"] == 100
    assert told["tickets_per_day"] == 2000
    assert (told["audit_share"], told["judged_share"], told["gate_share"]) == (0.02, 0.5, 0.5)
    assert told["at"] == NOW + timedelta(days=10)
    # 500 a day at most: a hundred in a week needs 2.9 % of the tickets.
    assert told["wishes"] == [{"days": 7, "audit_share": 0.029}, {"days": 30, "audit_share": 0.007}]


@pytest.mark.parametrize(
    ("judged", "seen"),
    [
        (Judged(0, 0, 0, None), Seen(NOW, 0, 0, 0)),
        (Judged(400, 200, 200, NOW), Seen(NOW, 0, 0, 0)),
        (Judged(400, 200, 200, NOW - timedelta(days=90)), Seen(NOW - timedelta(days=90), 3, 1, 1)),
    ],
)
def test_what_never_comes_has_no_day(judged: Judged, seen: Seen) -> None:
    """No tickets, nobody who judges, or more years than a plan has."""
    told = outlook(judged, seen, NOW)

    assert told["missing"] >= 100
    assert told["at"] is None


def test_the_folder_is_told_beside_it(visitor: Visitor) -> None:
    """Versions, champion and history, as the folder has them."""
    folder = visitor.get("/api/models").json()["folder"]

    assert (folder["problem"], folder["champion"], folder["unread"]) == ("", SERVED, 0)
    assert [version["version"] for version in folder["versions"]][1] == SERVED
    assert folder["history"][3]["event"] == "rolled_back"


def test_without_a_folder_traffic_and_accuracy_are_told(door: DoorProcess, client: Client) -> None:
    """The page names the setting that shows the rest."""
    with served(partial(connect, door.url, client.database)) as address:
        told = Visitor(address).get("/api/models?days=1").json()

    assert told["folder"]["problem"] == "unset"
    assert told["traffic"]
    assert told["accuracy"]


def test_without_clickhouse_the_folder_is_told(tmp_path: Path) -> None:
    """What is not there has a name; what is there is shown."""
    with served(no_clickhouse, models=Models(models_story.write(tmp_path, HOSTILE), 30)) as address:
        reply = Visitor(address).get("/api/models")

    assert (reply.status, reply.json()["problem"]) == (503, "misconfigured")
    assert reply.json()["rest"]["folder"]["history"][0]["reason"] == HOSTILE


@pytest.mark.parametrize("question", ["page_models", "page_gate"])
def test_a_user_who_may_only_read_may_ask(door: DoorProcess, client: Client, question: str) -> None:
    """A GET is read-only, whoever sends it."""
    moments = dict.fromkeys(("param_since", "param_last_gate", "param_texts_from"), "2026-11-22 00:00:00")
    fields = {"query": read(question), "database": client.database, **moments}
    reply = urllib3.request("GET", door.url, fields=fields, retries=False)

    assert (reply.status, len(reply.data) > 0) == (200, True), reply.data


def test_many_versions_and_events_are_cut(tmp_path: Path) -> None:
    """The newest are shown, and how many there are."""
    for number in range(60):
        (tmp_path / "versions" / f"v{number:02}").mkdir(parents=True)
    lines = [models_story.event("2026-11-22T10:00:00+00:00", "added", f"v{number:02}") for number in range(60)]
    (tmp_path / "history.jsonl").write_text("".join(lines), encoding="utf-8")
    with served(no_clickhouse, models=Models(tmp_path, 30)) as address:
        folder = Visitor(address).get("/api/models").json()["rest"]["folder"]

    assert (len(folder["versions"]), folder["all_versions"]) == (50, 60)
    assert (len(folder["history"]), folder["all_events"]) == (50, 60)
    assert (folder["versions"][0]["version"], folder["history"][0]["version"]) == ("v59", "v59")
