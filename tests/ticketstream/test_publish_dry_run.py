"""`ticketstream publish --dry-run`: what was found in a file, without a broker."""

import subprocess
import sys
from pathlib import Path

import pytest

ROWS = "".join(f"Z-{number};Pago;No puedo pagar, ayuda;{number + 12}/11/2026 10:00;alta\r\n" for number in range(1, 8))
EXPORT = f"Nº de ticket;Asunto;Descripción;Creado;Prioridad\r\n{ROWS}Z-8;Pago\r\n".encode("cp1252")


def dry_run(folder: Path, *arguments: str, standard_input: bytes = b"") -> tuple[int, str, str]:
    """The exit code, the lines of the result and those of errors, of a command that has no settings."""
    done = subprocess.run(
        [sys.executable, "-m", "ticketstream", "publish", *arguments, "--dry-run"],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=folder,
        input=standard_input,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout.decode(), " ".join(done.stderr.decode().split())


def test_what_would_be_published_is_shown(tmp_path: Path) -> None:
    """Encoding, delimiter, columns, the first five tickets, how many rows are good, and which are not."""
    (tmp_path / "export.csv").write_bytes(EXPORT)
    code, shown, errors = dry_run(tmp_path, "export.csv")

    assert code == 1
    assert "CSV in cp1252 (found; --encoding names another), delimiter ; (found; --delimiter names another)" in shown
    assert "dates begin with the day (found; --date-order names another)" in shown
    assert "id from Nº de ticket; subject from Asunto; description from Descripción; created_at from Creado" in shown
    assert "attributes: Prioridad" in shown
    assert [number for number in range(1, 8) if f'ticket_id    "Z-{number}"' in shown] == [1, 2, 3, 4, 5]
    assert 'created_at   "2026-11-13T10:00:00.000Z"' in shown
    assert 'attributes   {"Prioridad": "alta"}' in shown
    assert "7 rows would be published, 1 would not" in shown
    assert "export.csv:9: has 2 cells, and the header has 5" in errors


def test_standard_input_is_read_and_what_is_given_is_taken(tmp_path: Path) -> None:
    """What the user says is not called found; a terminal gets no control characters of a ticket."""
    rows = b'{"Motivo": "a\\u001b[2J", "text": "b"}\n'
    code, shown, errors = dry_run(
        tmp_path, "-", "--format", "jsonl", "--encoding", "utf-8", "--map", "subject=Motivo", standard_input=rows
    )

    assert (code, errors) == (0, "")
    assert shown.startswith("JSON Lines in UTF-8\nsubject from Motivo; description from text\n")
    assert "no column holds an id: each ticket gets one made from its content" in shown
    assert 'subject      "a\\u001b[2J"' in shown
    assert "1 row would be published, 0 would not" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["export.csv", "--map", "colour=Asunto"], "one of id, subject, description, language, channel, created_at"),
        (
            ["export.csv", "--map", "subject=Motivo"],
            "export.csv has no column Motivo; its columns are Nº de ticket, As",
        ),
        (["export.csv", "--encoding", "utf-99"], "export.csv cannot be read with --encoding utf-99: there is no such"),
        (["export.csv", "--delimiter", "::"], "export.csv cannot be read with --delimiter ::: name one character"),
        (["export.csv", "--date-order", "ymd"], "'dmy', 'mdy'"),
        (["export.csv", "--format", "xml"], "'csv', 'tsv', 'json', 'jsonl'"),
        (["nowhere.csv"], "nowhere.csv cannot be read: no such file or directory"),
        (["."], ". cannot be read: is a directory"),
        (["-"], "standard input is empty"),
    ],
)
def test_a_slip_ends_the_command_with_the_mend(tmp_path: Path, arguments: list[str], message: str) -> None:
    """The message names the option, and what there is."""
    (tmp_path / "export.csv").write_bytes(EXPORT)
    code, shown, errors = dry_run(tmp_path, *arguments)

    assert (code, shown) == (2, "")
    assert message in errors.replace("│ ", "").replace(" │", "")
    assert "Traceback" not in errors


@pytest.mark.parametrize("arguments", ["--version", "--help", "report --help", "publish export.csv --dry-run"])
def test_output_that_finds_no_room_is_a_sentence(tmp_path: Path, arguments: str) -> None:
    """Standard output is a file on a full disk: an error of its own, and no traceback."""
    (tmp_path / "export.csv").write_bytes(EXPORT)
    command = ["sh", "-c", 'exec "$@" >/dev/full', "sh", sys.executable, "-m", "ticketstream", *arguments.split()]
    done = subprocess.run(
        command,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stderr.strip()) == (1, "ticketstream: the disk is full (make room)")
