"""`ticketstream report compare`, as people and scripts use it."""

import csv
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from analytics.clickhouse.client import Client
from analytics.store.row_writer import RowWriter
from tests.support.clickhouse_process import DoorProcess
from tests.support.stored_events import categorized, corrected
from ticketstream.commands import reports

Run = Callable[..., tuple[int, str, str]]
TEXTS = 40


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, door: DoorProcess, client: Client) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLICKHOUSE_URL", door.url)
    monkeypatch.setenv("CLICKHOUSE_DATABASE", client.database)
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(reports.report)

    def run(*arguments: str) -> tuple[int, str, str]:
        models = ("--model", "old-1", "--model", "new-2")
        result = CliRunner().invoke(app, ("compare", *models, *arguments), env={"COLUMNS": "160"})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout, result.stderr

    return run


@pytest.fixture
def stored(client: Client) -> None:
    """Forty texts, each answered by both models and judged once; the new one is right four times more often."""
    at_ms = time.time_ns() // 1_000_000 - 60_000
    rows = []
    for text in range(TEXTS):
        for side, model in enumerate(("old-1", "new-2")):
            category = "account" if text < (4, 0)[side] else "billing"
            answer: dict[str, Any] = {
                "model": model,
                "fingerprint": f"v2:{text:032x}",
                "audit_probability": 0.1 * (1 - side),
            }
            rows.append(categorized(f"T-{side}-{text}", 2 * text + side, at_ms=at_ms, category=category, **answer))
        rows.append(corrected(f"T-0-{text}", "billing", text, at_ms=at_ms + 500, origin="AUDIT"))
    RowWriter(client).write(rows)


@pytest.mark.usefixtures("stored")
def test_the_comparison_for_people_and_programs(run: Run) -> None:
    """Differences with their intervals; the model that nobody judged by itself has no figure of its own."""
    code, out, _ = run()
    document = json.loads(run("--format", "json")[1])
    rows = list(csv.DictReader(io.StringIO(run("--format", "csv")[1])))

    assert code == 0
    assert [text for text in ("10.0% (", "not enough", "same", "Tango", "old-1") if text not in out] == []
    assert document["differences"][0]["n"] == TEXTS
    assert document["differences"][0]["difference"] == pytest.approx(0.1)
    assert document["differences"][0]["only_b_right"] == 4
    assert document["differences"][1]["difference"] is None
    assert [model["accuracy"] for model in document["models"]] == [pytest.approx(0.9), None]
    assert [row["tickets"] for row in rows] == ["same", "different"]
    assert float(rows[0]["difference"]) == pytest.approx(0.1)


def test_a_model_that_answered_nothing_is_named_with_those_that_did(run: Run, client: Client) -> None:
    """Exit 1, and the likeliest name."""
    at_ms = time.time_ns() // 1_000_000 - 60_000
    RowWriter(client).write([categorized(f"T-{n}", n, at_ms=at_ms, model=m) for n, m in enumerate(("old-1", "new-3"))])

    code, out, said = run()

    assert (code, out) == (1, "")
    assert "no answer of new-2" in said
    assert "did you mean new-3" in said


def test_without_an_audit_the_other_judgements_are_offered(run: Run, client: Client) -> None:
    """Exit 1 names `review` and the option; with it there is a report."""
    at_ms = time.time_ns() // 1_000_000 - 60_000
    for side, model in enumerate(("old-1", "new-2")):
        answers = [categorized(f"{model}-{n}", 2 * n + side, at_ms=at_ms, model=model) for n in range(TEXTS)]
        judged = [corrected(f"{model}-{n}", "billing", 2 * n + side, at_ms=at_ms + 500) for n in range(TEXTS)]
        RowWriter(client).write([*answers, *judged])

    code, _, said = run()
    assert code == 1
    assert [text for text in ("ticketstream review", "--all-judgements") if text not in said] == []
    assert run("--all-judgements")[0] == 0
