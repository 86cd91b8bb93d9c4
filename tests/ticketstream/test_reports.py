"""`report`, `explain` and `migrate`, as people and scripts use them."""

import csv
import io
import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from analytics.clickhouse.client import Client
from analytics.reports.report import Report, Table
from analytics.store.row_writer import RowWriter
from consumer.answer.policy_file import load_policy
from consumer.answer.taxonomy import load_taxonomy
from tests.support.clickhouse_process import DoorProcess
from tests.support.stored_events import categorized, corrected, operation
from ticketstream.choices import ReportName
from ticketstream.commands import migrate, reports
from ticketstream.rendering import report_csv, report_table


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, door: DoorProcess, client: Client) -> typer.Typer:
    """The commands, with settings that name the test's database."""
    return _commands(monkeypatch, tmp_path, door, client.database)


@pytest.fixture
def first_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, door: DoorProcess, empty: Client) -> typer.Typer:
    """The commands, with settings that name a database that does not exist yet."""
    return _commands(monkeypatch, tmp_path, door, empty.database)


def _commands(monkeypatch: pytest.MonkeyPatch, folder: Path, door: DoorProcess, database: str) -> typer.Typer:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CLICKHOUSE_URL", door.url)
    monkeypatch.setenv("CLICKHOUSE_DATABASE", database)
    made = typer.Typer(pretty_exceptions_enable=False)
    for command in (reports.report, reports.explain, migrate.migrate):
        made.command()(command)
    return made


def _run(app: typer.Typer, *arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def stored(client: Client) -> None:
    """Forty tickets of just now, four of them corrected, and some calls of the model."""
    at_ms = _now_ms() - 60_000
    RowWriter(client).write(
        [
            *(categorized(f"T-{number}", number, at_ms=at_ms) for number in range(40)),
            *(corrected(f"T-{number}", "account", number, at_ms=at_ms + 1000) for number in range(4)),
            *(operation(offset=number, started_at=at_ms * 1000) for number in range(5)),
        ]
    )


def test_migrate_says_what_it_does(first_app: typer.Typer) -> None:
    """A dry run names the work, a run does it, a second run finds nothing to do."""
    rehearsed, done, again = (_run(first_app, "migrate", *options) for options in (["--dry-run"], [], []))

    assert (rehearsed[0], rehearsed[1].startswith("would apply migration 0001_tables\n")) == (0, True)
    assert "would apply new view tickets\n" in rehearsed[1]
    assert (0, rehearsed[1].replace("would apply", "applied")) == done[:2]
    assert (again[0], "is up to date" in again[1]) == (0, True)


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_migrate_refuses_a_database_from_before_the_first_release(
    first_app: typer.Typer, empty: Client, options: list[str]
) -> None:
    """The sentence names the database and the command that fills a new one, exit 2; a dry run does not promise more."""
    empty.create_database()
    empty.command("CREATE TABLE ticket_store (a Int8) ENGINE = MergeTree ORDER BY a")
    code, out, said = _run(first_app, "migrate", *options)

    assert (code, out) == (2, "")
    assert f"The database {empty.database} was made by migrations from before" in said
    assert "`ticketstream rebuild`" in said


@pytest.mark.usefixtures("stored")
def test_accuracy_as_json(app: typer.Typer) -> None:
    """One line that a script can read: three figures, None where there is not enough."""
    code, out, _ = _run(app, "report", "accuracy", "--days", "1", "--format", "json")
    document = json.loads(out)

    assert (code, out.count("\n")) == (0, 1)
    assert (document["report"], document["answers"], document["corrected"]) == ("accuracy", 40, 4)
    assert [figure["figure"] for figure in document["figures"]] == ["upper_bound", "verified", "audit"]
    assert [figure["accuracy"] for figure in document["figures"]] == [0.9, None, None]
    assert document["categories"][0]["category"] == "billing"


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy", ["upper bound", "90.0% (76.9 to 96.0)", "not enough", "reviewed share 10.0%", "audit"]),
        ("latency", ["model_call", "end_to_end", "100.0%", "25.0", "whole minutes"]),
        ("bottlenecks", ["critical_path", "model", "89.2%", "T-10", "28.0"]),
        ("retries", ["model_call", "failures after retries"]),
        ("cost", ["calls 5", "0.0003", "tickets-1", "Billing", "(no ticket)", "0.0%", "cost per 1000 tickets"]),
        ("categories", ["Billing", "upper bound", "support", "audit"]),
        ("confusion", ["Billing", "Account", "4", "correction rate 10.0%", "p50 hours"]),
        ("confidence", ["model", "0.900", "100.0%", "not enough"]),
        ("thresholds", ["(all)", "not enough", "basis reviewed"]),
    ],
)
def test_reports_for_people(app: typer.Typer, name: str, expected: list[str]) -> None:
    """The table holds the figures and the sentences that explain them."""
    code, out, _ = _run(app, "report", name)

    assert code == 0
    assert [text for text in expected if text not in out.replace("upper_bound", "upper bound")] == []


@pytest.mark.usefixtures("stored")
def test_latency_as_csv(app: typer.Typer) -> None:
    """A spreadsheet reads one table with a heading."""
    code, out, _ = _run(app, "report", "latency", "--minutes", "60", "--format", "csv")
    rows = {row["operation"]: row for row in csv.DictReader(io.StringIO(out))}

    assert code == 0
    assert rows["model_call"]["calls"] == "5"
    assert float(rows["end_to_end"]["p95_ms"]) == pytest.approx(28.03)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("name", [name for name in ReportName if name is not ReportName.COMPARE])
def test_csv_is_one_table(app: typer.Typer, name: ReportName) -> None:
    """The first table, or the one that --table names: a heading and rows of its width, with numbers as people write."""
    document = json.loads(_run(app, "report", name, "--format", "json")[1])
    tables = {table: rows for table, rows in document.items() if isinstance(rows, list)}

    def csv_rows(*options: str) -> list[list[str]]:
        code, out, _ = _run(app, "report", name, "--format", "csv", *options)
        assert code == 0
        return list(csv.reader(io.StringIO(out)))

    assert csv_rows() == csv_rows("--table", next(iter(tables)))
    for table, rows in tables.items():
        heading, *cells = csv_rows("--table", table)
        assert [list(row) for row in rows] == [heading] * len(cells)
        assert {len(row) for row in cells} <= {len(heading)}
        assert not [cell for row in cells for cell in row if re.fullmatch(r"-?[\d.]+e-?\d+|-?\d*\.\d{7,}", cell)]


@pytest.mark.usefixtures("stored")
def test_an_unknown_table_is_refused_with_those_there_are(app: typer.Typer) -> None:
    """In any format; the likeliest is suggested."""
    for form in ("csv", "json", "table"):
        code, out, said = _run(app, "report", "accuracy", "--format", form, "--table", "categorys")

        assert (code, out) == (2, "")
        assert "did you mean categories" in " ".join(said.replace("│", " ").split())
        assert "models" in said


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.1 + 0.2, "0.3"),
        (1e-05, "0.00001"),
        (1.23456e-7, "0.000000123"),
        (2 / 3, "0.666667"),
        (28.03, "28.03"),
        (1234567.0, "1234567"),
        (1e21, "1000000000000000000000"),
        (-0.0, "0"),
        (-1.5, "-1.5"),
        (float("nan"), ""),
        (float("inf"), ""),
        (None, ""),
        (True, "true"),
        (12_345_678, "12345678"),
    ],
)
def test_numbers_in_csv_are_written_as_people_write_them(value: float | None, written: str) -> None:
    """No exponents, no digits that only a computer has; a program reads them all the same."""
    report = Report("x", {}, (Table("t", ("n", "name"), ((value, "a\r\nb"),)),))

    assert list(csv.reader(io.StringIO(report_csv(report)))) == [["n", "name"], [written, "a b"]]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\uff1d"])
def test_formulas_are_defused(start: str) -> None:
    """Text that a spreadsheet would run gets a quote before it; numbers stay numbers, also negative ones."""
    report = Report("x", {}, (Table("t", ("name", "n"), ((f"{start}cmd|' /C calc'!A0", -1.5),)),))
    (row,) = csv.DictReader(io.StringIO(report_csv(report), newline=""))

    assert (row["name"], row["n"]) == (f"'{start}cmd|' /C calc'!A0", "-1.5")


def test_text_cannot_steer_the_terminal() -> None:
    """Escape sequences and markup in stored text are shown, not obeyed."""
    report = Report("x", {}, (Table("t", ("name",), (("\x1b[31m[bold]red",),)),))

    assert "\N{REPLACEMENT CHARACTER}[31m[bold]red" in report_table(report)


@pytest.mark.usefixtures("stored")
def test_people_read_names_and_programs_labels(app: typer.Typer) -> None:
    """A table names categories in the language asked for; JSON and CSV keep the labels; both are taken back."""
    table = _run(app, "report", "confusion", "--lang", "es")[1]
    assert "Facturación" in table
    assert "billing" not in table
    assert "Billing" in _run(app, "report", "confusion", "--lang", "en")[1]
    pair = json.loads(_run(app, "report", "confusion", "--lang", "es", "--format", "json")[1])["pairs"][0]
    assert pair["corrected_to"] == "account"
    assert pair["answered"] in _run(app, "report", "confusion", "--lang", "es", "--format", "csv")[1]
    assert _run(app, "report", "categories", "--category", "facturación")[0] == 0
    assert "account (Cuenta)" in _run(app, "explain", "T-1", "--lang", "es")[1]


@pytest.mark.usefixtures("stored")
def test_explain_for_people_and_programs(app: typer.Typer) -> None:
    """An explanation shows the answer, its reasons, its timings and what people said."""
    code, out, _ = _run(app, "explain", "T-1")
    as_json = json.loads(_run(app, "explain", "T-1", "--format", "json")[1])

    assert code == 0
    for text in (
        "revision 0",
        "billing/payment_issue",
        "AUTO from 0.60",
        "MODEL tickets-1",
        "model.answered",
        "28.0 ms: decode 0.020",
        "account, judging revision 0 (category corrected, subcategory unreviewed)",
    ):
        assert text in out
    assert (as_json["answers"][0]["timings_ms"]["model"], as_json["corrections"][0]["category"]) == (25.0, "account")


def _fails(app: typer.Typer, code: int, sentence: str, *arguments: str) -> None:
    found, out, error = _run(app, *arguments)

    assert (code, "") == (found, out)
    assert sentence in " ".join(error.replace("│", " ").split())
    assert "Traceback" not in error


def test_an_unknown_ticket(app: typer.Typer) -> None:
    """An unknown ticket is a sentence that says what to check, exit 1."""
    _fails(app, 1, "Check the id", "explain", "nobody")


@pytest.mark.parametrize("name", [name.value for name in ReportName])
def test_an_empty_database(app: typer.Typer, name: str) -> None:
    """An empty report is a sentence that says what to try, exit 1."""
    models = ["--model", "a", "--model", "b"] if name == ReportName.COMPARE else []
    _fails(app, 1, "Look further back with --days", "report", name, *models)


@pytest.mark.parametrize("command", [["report", "accuracy"], ["report", "latency"], ["explain", "T-1"]])
def test_a_database_that_was_never_migrated(first_app: typer.Typer, command: list[str]) -> None:
    """A sentence names the command that is needed, exit 2."""
    _fails(first_app, 2, "ticketstream migrate", *command)


@pytest.mark.parametrize("command", [["report", "accuracy"], ["explain", "T-1"], ["migrate"], ["migrate", "--dry-run"]])
def test_no_clickhouse(app: typer.Typer, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    """A server that does not answer is a sentence with its address, exit 1; without an address it is exit 2."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        address = f"127.0.0.1:{unused.getsockname()[1]}"
    monkeypatch.setenv("CLICKHOUSE_URL", f"http://user:canary@{address}")
    _fails(app, 1, f"ClickHouse at {address} did not answer", *command)
    monkeypatch.setenv("CLICKHOUSE_URL", "")
    _fails(app, 2, "CLICKHOUSE_URL is not set", *command)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["accuracy", "--days", "0"], "--days"),
        (["accuracy", "--days", "week"], "--days"),
        (["accuracy", "--days", "99999999999"], "--days"),
        (["accuracy", "--days", "1", "--minutes", "5"], "Give one of --days, --minutes and --since"),
        (["accuracy", "--since", "yesterday"], "write it like 2026-11-22"),
        (["accuracy", "--since", "2999-01-01"], "lies in the future"),
        (["latency", "--level", "category"], "belongs to the report accuracy"),
        (["thresholds", "--level", "category"], "belongs to the report accuracy"),
        (["latency", "--category", "billing"], "belongs to the report accuracy"),
        (["accuracy", "--precision", "0.9"], "belongs to the report thresholds"),
        (["accuracy", "--write", "p.toml"], "belongs to the report thresholds"),
        (["thresholds", "--precision", "1"], "give a share between 0 and 1"),
        (["thresholds", "--precision", "high"], "--precision"),
        (["thresholds", "--write", "p.toml", "--category", "billing"], "A policy is for all categories"),
        (["thresholds", "--write", "p.toml", "--watch"], "leave out --write"),
        (["categories", "--category", "weather"], "'weather' is no category of the taxonomy"),
        (["accuracy", "--watch", "--format", "csv"], "leave out --write and --format csv"),
        (["nonsense"], "accuracy"),
        (["accuracy", "--model", "a"], "belongs to the report compare"),
        (["accuracy", "--all-judgements"], "belongs to the report compare"),
        (["compare", "--category", "billing"], "belongs to the report accuracy"),
        (["compare", "--model", "a"], "compare needs two models"),
        (["compare", "--model", "a", "--model", "a"], "compare needs two models"),
    ],
)
def test_wrong_usage(app: typer.Typer, arguments: list[str], sentence: str) -> None:
    """Wrong usage is refused with a hint, exit 2."""
    _fails(app, 2, sentence, "report", *arguments)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("since", ["2026-01-01", "2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00Z"])
def test_since(app: typer.Typer, since: str) -> None:
    """Dates and times with or without a zone are understood; without one they are UTC."""
    code, out, _ = _run(app, "report", "accuracy", "--since", since, "--format", "json")
    document: dict[str, Any] = json.loads(out)

    assert (code, document["answers"]) == (0, 40)
    assert document["since"] == ("2025-12-31T22:00:00.000Z" if "+02" in since else "2026-01-01T00:00:00.000Z")


@pytest.fixture
def judged(client: Client) -> None:
    """Two hundred answers of just now, all judged, one of them wrong."""
    at_ms = _now_ms() - 60_000
    RowWriter(client).write(
        [
            *(categorized(f"T-{number}", number, at_ms=at_ms, decision="SUGGEST") for number in range(200)),
            *(corrected(f"T-{n}", "billing" if n else "account", n, at_ms=at_ms + 1000) for n in range(200)),
        ]
    )


@pytest.mark.usefixtures("judged")
def test_a_policy_is_written_and_taken(app: typer.Typer, tmp_path: Path) -> None:
    """Proven thresholds become a file that the service takes; its version names its content."""
    code, out, error = _run(app, "report", "thresholds", "--precision", "0.9", "--write", "p.toml", "--format", "json")
    policy = load_policy(tmp_path / "p.toml", load_taxonomy())
    rows = {row["category"]: row for row in json.loads(out)["thresholds"]}

    assert code == 0
    assert (rows["(all)"]["status"], rows["(all)"]["threshold"], rows["billing"]["used"]) == ("proven", 0.0, 0.0)
    assert json.loads(out)["changes"][0] == {
        "category": "(all)",
        "answers": 200,
        "auto_now": 0,
        "auto_then": 200,
        "becomes_auto": 200,
        "no_longer_auto": 0,
    }
    assert policy.version in error
    assert policy.overall == (0.0, 0.0)
    assert "(all): proven, n 200" in (tmp_path / "p.toml").read_text()


@pytest.mark.usefixtures("stored")
def test_what_is_not_proven_is_not_written(app: typer.Typer, tmp_path: Path) -> None:
    """The sentence says what can be done, exit 1, and there is no file."""
    _fails(app, 1, "look further back with --days", "report", "thresholds", "--write", "p.toml")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("judged")
def test_uncalibrated_answers_choose_no_policy(app: typer.Typer, client: Client, tmp_path: Path) -> None:
    """The report says how many there are, and since when none are; a policy is written only with --unproven."""
    doubtful = categorized(
        "T-200",
        200,
        at_ms=_now_ms() - 30_000,
        decision="SUGGEST",
        explanation=["model.confident", "model.uncalibrated"],
    )
    RowWriter(client).write([doubtful, doubtful])
    asked = ("report", "thresholds", "--precision", "0.9", "--write", "p.toml")
    code, out, _ = _run(app, *asked[:4])
    (since,) = re.findall(r"--since (\S+Z)", out)

    assert code == 0
    assert "uncalibrated 1" in out
    assert "The confidences of 1 answers are not calibrated: no threshold makes such an answer AUTO." in out
    _fails(app, 1, "`ticketstream calibrate`", *asked)
    assert list(tmp_path.iterdir()) == []
    _fails(app, 1, "holds no answer of the model", *asked, "--since", since)
    assert _run(app, *asked, "--unproven")[0] == 0
    assert (tmp_path / "p.toml").exists()
    assert (
        "never AUTO, because the model's confidence is not calibrated; `ticketstream calibrate`"
        in _run(app, "explain", "T-200")[1]
    )
    assert "never AUTO" not in _run(app, "explain", "T-1")[1]


def test_no_cost_says_what_gives_it(app: typer.Typer, client: Client) -> None:
    """Calls that tell nothing are no figures of zeros: the sentence names what is missing in the replies, exit 1."""
    silent: dict[str, Any] = dict.fromkeys(("input_tokens", "cached_tokens", "output_tokens", "cost"))
    RowWriter(client).write([operation(started_at=_now_ms() * 1000, **silent), categorized(at_ms=_now_ms())])

    _fails(app, 1, "holds no call of a model that told its cost", "report", "cost")
    _fails(app, 1, "let the model's replies have `usage`", "report", "cost", "--format", "json")


@pytest.mark.usefixtures("judged")
def test_a_policy_that_cannot_be_written(app: typer.Typer) -> None:
    """A missing directory is a sentence, exit 1."""
    _fails(app, 1, "cannot be written", "report", "thresholds", "--precision", "0.9", "--write", "none/p.toml")


@pytest.mark.usefixtures("stored", "app")
@pytest.mark.long
def test_watching_goes_on_until_interrupted() -> None:
    """Each report is one line of JSON with its own window; Ctrl-C ends the command with 130."""
    command = [sys.executable, "-m", "ticketstream", "report", "accuracy", "--watch", "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        looks = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        code = process.wait()

    assert [look["answers"] for look in looks] == [40, 40]
    assert looks[0]["since"] < looks[1]["since"]
    assert code == 130
