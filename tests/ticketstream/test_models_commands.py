"""`ticketstream models`, as people and scripts use it: real models answer texts that ClickHouse keeps."""

import itertools
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from analytics.clickhouse.client import Client
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from classifier.model import Model
from classifier.model_folder import ModelFolder
from learning.texts import is_for_gate, text_id_of
from schemas.position import Position
from tests.learning.small_models import WORDS, model_that_knows
from tests.support.clickhouse_process import DoorProcess
from tests.support.stored_events import categorized, corrected
from ticketstream.commands import models as commands

TAXONOMY = """
version = "2026-11"
languages = ["en"]

[default]
category = "other"
precision = 0.2
n = 10

[categories]
billing.name.en = "Billing"
delivery.name.en = "Delivery"
login.name.en = "Login"
other.name.en = "Other"
"""
NAMES: Mapping[str, Callable[..., None]] = {
    "list": commands.list_versions,
    "show": commands.show,
    "compare": commands.compare,
    "promote": commands.promote,
    "rollback": commands.rollback,
}
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def trained() -> Mapping[str, Model]:
    return {
        "few": model_that_knows("few", "billing"),
        "all": model_that_knows("all", "billing", "delivery", "login"),
    }


@pytest.fixture
def folder(tmp_path: Path, trained: Mapping[str, Model]) -> ModelFolder:
    """A project's folder of models: the champion knows one category, the newest version all three."""
    (tmp_path / "taxonomy.toml").write_text(TAXONOMY)
    models = ModelFolder(tmp_path / "models")
    figures = {"held_out": {"held_out": 200, "accuracy": 0.91, "low": 0.87, "high": 0.94, "whole": 0.9}}
    for day, model in enumerate(trained.values(), 1):
        recipe = {"trained_at": f"2026-11-0{day}T12:00:00+00:00", "seed_rows": 24, "judged_rows": day}
        models.add(model, {**recipe, "figures": figures})
    models.promote(trained["few"].version, "the first", "ana")
    return models


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, folder: ModelFolder) -> Run:
    """The commands in the project's folder, with MODELS_FOLDER and no ClickHouse."""
    monkeypatch.chdir(folder.folder.parent)
    monkeypatch.setenv("MODELS_FOLDER", "models")
    app = typer.Typer(pretty_exceptions_enable=False)
    for name, command in NAMES.items():
        app.command(name)(command)

    def run(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, arguments, env={"COLUMNS": "160"})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout, result.stderr

    return run


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch, door: DoorProcess, client: Client) -> Callable[[int], None]:
    """Stores so many audited tickets of the gate with their texts, and sets ClickHouse."""
    monkeypatch.setenv("CLICKHOUSE_URL", door.url)
    monkeypatch.setenv("CLICKHOUSE_DATABASE", client.database)
    monkeypatch.setenv("TEXTS_KEPT_DAYS", "30")

    def store(count: int) -> None:
        RowWriter(client).write(list(itertools.chain.from_iterable(map(_audited, _gate_texts(count)))))

    return store


def _gate_texts(count: int) -> list[tuple[int, str, str]]:
    """Texts that belong to the gate, a third of each category."""
    names = itertools.cycle(WORDS)
    endings = map("".join, itertools.product("abcdefghijklmnopqrstuvwxyz", repeat=3))
    found = ((f"my {WORDS[name]} help {ending}", name) for ending, name in zip(endings, names, strict=False))
    ours = ((text, name) for text, name in found if is_for_gate(text_id_of("", text, None)))
    return [(number, text, name) for number, (text, name) in enumerate(itertools.islice(ours, count))]


def _audited(ticket: tuple[int, str, str]) -> list[Row]:
    number, text, category = ticket
    at_ms = time.time_ns() // 1_000_000 - 3_600_000
    event: Any = {"ticket_id": f"T-{number}", "received_at": at_ms, "subject": "", "description": text}
    answer: dict[str, Any] = {"subcategory": None, "subcategory_confidence": None, "audit_probability": 0.05}
    return [
        Row("TicketText", event, Position("ticket-created", 0, number, at_ms)),
        categorized(f"T-{number}", number, at_ms=at_ms, category="billing", **answer),
        corrected(f"T-{number}", category, number, at_ms=at_ms + 1000, corrected_by="ana", origin="AUDIT"),
    ]


def test_the_list_names_champion_accuracy_and_the_next_step(run: Run, trained: Mapping[str, Model]) -> None:
    """For people a table, for programs one line of JSON."""
    code, out, said = run("list")
    _, line, _ = run("list", "--format", "json")
    document = json.loads(line)

    assert code == 0
    assert trained["few"].version in out
    assert "91.0% (87.0 to 94.0)" in out
    assert f"models compare {trained['few'].version} {trained['all'].version}" in said
    assert document["champion"] == trained["few"].version
    assert [(found["version"], found["champion"]) for found in document["versions"]] == [
        (trained["few"].version, True),
        (trained["all"].version, False),
    ]
    assert document["versions"][0]["promoted_at"] is not None
    assert document["versions"][1]["promoted_at"] is None
    assert document["versions"][1]["judged_rows"] == 2


def test_a_version_shows_its_recipe_and_history(run: Run, trained: Mapping[str, Model]) -> None:
    """Every figure of the recipe, and who promoted it."""
    code, out, _ = run("show", trained["few"].version)
    document = json.loads(run("show", trained["few"].version, "--format", "json")[1])

    assert code == 0
    assert [part for part in ("(champion)", "seed rows", "0.91", "the first", "ana") if part not in out] == []
    assert document["recipe"]["seed_rows"] == 24
    assert [event["event"] for event in document["history"]] == ["added", "promoted"]


@pytest.mark.parametrize("command", [("show",), ("promote",), ("compare", "other-1")])
def test_an_unknown_version_is_named_with_those_there_are(run: Run, command: tuple[str, ...]) -> None:
    """Exit 2."""
    code, _, said = run(*command, "nobody")

    assert code == 2
    assert "has no version" in said
    assert "few-2026-11-22" in said


def test_without_a_folder_the_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 2; an empty folder names the command that trains one."""
    monkeypatch.delenv("MODELS_FOLDER")
    unset, empty = run("list"), run("list", "--models", "nowhere")

    assert (unset[0], empty[0]) == (2, 2)
    assert "MODELS_FOLDER is not set" in unset[2]
    assert "train --from-clickhouse --models nowhere" in empty[2]


def test_two_versions_answer_a_labelled_file(run: Run, trained: Mapping[str, Model], tmp_path: Path) -> None:
    """Rows of the split `train` are left out; shares, interval and the gate's word are those of the rest."""
    rows = [f"my {WORDS[name]} please,{name},bench" for name in list(WORDS) * 40]
    (tmp_path / "labelled.csv").write_text("\n".join(["description,category,split", "x,billing,train", *rows]))

    code, out, _ = run("compare", trained["few"].version, trained["all"].version, "--from", "labelled.csv")
    line = run("compare", trained["few"].version, trained["all"].version, "--from", "labelled.csv", "--format", "json")
    document = json.loads(line[1])

    assert code == 0
    assert (document["n"], document["b_accuracy"], document["a_right_alone"]) == (120, 1.0, 0)
    assert document["difference_low"] < document["difference"] <= document["difference_high"]
    assert document["gate"]["cause"] == "few_tickets"
    assert "120 judged tickets" in out
    assert "needs 300" in out


def test_the_gate_promotes_what_is_better(
    run: Run, folder: ModelFolder, trained: Mapping[str, Model], judged: Callable[[int], None]
) -> None:
    """The history holds its figures, the next gate waits for new tickets, and a rollback goes back."""
    judged(320)
    few, newest = trained["few"].version, trained["all"].version
    compared = json.loads(run("compare", few, newest, "--format", "json")[1])

    code, out, said = run("promote", newest)

    assert compared["gate"]["verdict"] == "promote"
    assert code == 0, said
    assert out == f"{newest} is the champion now; it was {few}.\n"
    assert "models rollback" in said
    event = folder.history()[-1]
    assert event.gate is not None
    assert event.gate["champion"]["n"] == compared["n"] == 320
    assert len(folder.gate_tickets()) == 320
    assert run("rollback", "--reason", "too bold")[:2] == (0, f"{few} is the champion again; it was {newest}.\n")
    assert folder.champion() == few
    assert folder.history()[-1].reason == "too bold"


def test_the_gate_says_no_and_when_it_can_be_asked(
    run: Run, folder: ModelFolder, trained: Mapping[str, Model], judged: Callable[[int], None]
) -> None:
    """Exit 1: how many judgements are missing, when they come, and how it is overruled; then it is."""
    judged(10)
    code, out, said = run("promote", trained["all"].version)

    assert (code, out) == (1, "")
    assert [part for part in ("290 more audited", "AUDIT_SHARE", "--despite-gate") if part not in said] == []
    assert folder.champion() == trained["few"].version

    code, _, said = run("promote", trained["all"].version, "--despite-gate", "--reason", "I know")
    assert code == 0
    assert "The gate says no" in said
    assert folder.champion() == trained["all"].version
    assert folder.history()[-1].reason == "I know"
    assert folder.gate_tickets() == frozenset()


def test_a_gate_that_cannot_be_asked_says_no(run: Run, folder: ModelFolder, trained: Mapping[str, Model]) -> None:
    """Without ClickHouse: exit 2 with the setting; a person can overrule that, and the history knows."""
    code, _, said = run("promote", trained["all"].version)

    assert code == 2
    assert "CLICKHOUSE_URL" in said
    assert run("promote", trained["all"].version, "--despite-gate")[0] == 0
    assert folder.history()[-1].gate is None


def test_without_texts_there_is_nothing_to_compare(
    run: Run, trained: Mapping[str, Model], judged: Callable[[int], None]
) -> None:
    """The sentence names TEXTS_KEPT_DAYS and the review."""
    judged(0)
    code, _, said = run("compare", trained["few"].version, trained["all"].version)

    assert code == 1
    assert [part for part in ("TEXTS_KEPT_DAYS", "ticketstream review") if part not in said] == []


def test_a_damaged_version_is_not_promoted(run: Run, folder: ModelFolder, trained: Mapping[str, Model]) -> None:
    """Exit 2 with its name, whatever the gate would say; the champion stays."""
    next((folder.folder / "versions" / trained["all"].version).glob("*.npz")).write_bytes(b"torn")

    code, _, said = run("promote", trained["all"].version, "--despite-gate")

    assert code == 2
    assert f"version {trained['all'].version} cannot be used" in said
    assert folder.champion() == trained["few"].version


def test_there_is_nothing_before_the_first_champion(run: Run) -> None:
    """Exit 2, and the champion stays."""
    code, _, said = run("rollback")

    assert code == 2
    assert "had no champion before" in said


def test_the_first_champion_needs_no_gate(run: Run, folder: ModelFolder, trained: Mapping[str, Model]) -> None:
    """There is nothing to compare it with; promoting it again changes nothing."""
    (folder.folder / "champion").unlink()
    (folder.folder / "history.jsonl").unlink()

    assert run("promote", trained["all"].version)[:2] == (0, f"{trained['all'].version} is the champion now.\n")
    assert run("promote", trained["all"].version)[1] == f"{trained['all'].version} is the champion already.\n"
    assert [event.event for event in folder.history()] == ["promoted"]
