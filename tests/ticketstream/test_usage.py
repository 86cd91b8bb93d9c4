"""Words and numbers that a user gets wrong: a sentence, the likeliest right word, and exit code 2."""

import ast
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from classifier.command_line import app as classifier_app
from terminal.suggestions import did_you_mean
from tests.terminal.test_safe_text import commands
from ticketstream.__main__ import app
from ticketstream.moments import moment
from ticketstream.rates import per_second

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
# Beside words of all kinds, what people and their scripts write for numbers, times and addresses.
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20) | st.sampled_from(
    [
        *("nan", "inf", "-inf", "1e400", "1e-320", "-0", "0x10", "1_000", "9" * 5000, "²", "٣"),
        *("0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59", "2026-W01", "24:00"),
        *("//[", "http://[", "a..b", "%00", "[/]", "[bold]"),
    ]
)


@pytest.mark.parametrize(
    ("arguments", "likely"),
    [
        ("report acuracy", "Did you mean accuracy?"),
        ("report Latencies", "Did you mean latency or"),
        ("report accuracy --level catgory", "Did you mean category"),
        ("report accuracy --format jsn", "Did you mean json?"),
        ("explain T-1 --format tabel", "Did you mean table?"),
        ("run --role sinc", "Did you mean sink?"),
        ("sandbox --format enf", "Did you mean env?"),
        ("demo --format jason", "Did you mean json?"),
        ("tail ticket-created --format txt", "Did you mean text?"),
        ("correct T-1 billing --origin agnet", "Did you mean AGENT?"),
        ("publish x.csv --format cvs", "Did you mean csv"),
        ("publish x.csv --date-order dym", "Did you mean mdy or dmy?"),
        ("dlq list --format jsom", "Did you mean json?"),
        ("raport", "Did you mean 'report'"),
        ("topics creat", "Did you mean 'create'?"),
        ("dlq replai", "Did you mean 'replay'"),
        ("report accuracy --dais 3", "--days"),
    ],
)
def test_what_was_likely_meant_is_said(arguments: str, likely: str) -> None:
    """For every choice, command and option."""
    done = CliRunner().invoke(app, shlex.split(arguments))

    assert done.exit_code == 2
    assert likely in done.stderr
    assert "Value error" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("report accuracy --days x", "'x' is not a whole number."),
        ("report accuracy --days 0", "0 is too small; give at least 1."),
        ("run --workers 65", "65 is too large; give at most 64."),
        ("publish x.csv --rate fast", "'fast' is not a number."),
        ("publish x.csv --rate 1e-320", "is no rate; give at least 0.001, or 0 for as fast as possible."),
        ("dlq replay --all --rate inf", "is no rate"),
        ("tail ticket-created -n 99999999999999999999", "is too large"),
        ("topics create --replication 99999999999999999999", "is too large"),
    ],
)
def test_a_number_is_refused_in_plain_words(arguments: str, sentence: str) -> None:
    """The value and the limit are named."""
    done = CliRunner().invoke(app, shlex.split(arguments))

    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in done.stderr


def test_the_classifier_speaks_alike() -> None:
    """Wrong usage of `python -m classifier` reads as that of ticketstream, without frames."""
    for arguments in (
        ["evaluate", "--model", "m", __file__, "--format", "jsn"],
        ["serve", "--model", "m", "--port", "x"],
    ):
        done = CliRunner().invoke(classifier_app, arguments)

        assert done.exit_code == 2
        assert done.stderr.startswith("Usage: ")
        assert "\nError: Invalid value for '--" in done.stderr
        assert "Did you mean json?" in done.stderr or "'x' is not a whole number." in done.stderr


@given(
    st.sampled_from(
        [
            *(["report", "accuracy", option] for option in ("--days", "--minutes", "--since", "--level", "--format")),
            *(["report", "thresholds", option] for option in ("--precision",)),
            *(["dlq", "list", option] for option in ("--since", "--until", "--limit", "--format")),
            ["dlq", "replay"],
            ["dlq", "replay", "--rate"],
            ["report"],
            ["rebuild", "--from"],
            ["tail", "ticket-created", "-n"],
            ["tail"],
            ["explain"],
            ["run", "--workers"],
            ["topics", "create", "--partitions"],
            ["publish", "-", "--dry-run", "--map"],
            ["publish", "-", "--dry-run", "--encoding"],
            ["publish", "-", "--dry-run", "--delimiter"],
            ["publish", "-", "--dry-run", "--columns"],
            [],
        ]
    ),
    WORDS,
)
def test_any_word_gets_a_sentence(arguments: list[str], word: str) -> None:
    """No value of any option ends in a traceback, or is printed as it is."""
    # Nothing is set, so that a command which likes the word ends at the first setting that it needs.
    done = CliRunner(env={"CLICKHOUSE_URL": "", "KAFKA_BOOTSTRAP_SERVERS": ""}).invoke(
        app, [*arguments, word], input=b"id,subject\n1,a\n"
    )

    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.exit_code in {0, 1, 2}
    assert done.output
    assert commands(done.output, "\n\t\x1b") == []


@given(WORDS)
def test_any_time_is_read_or_refused(text: str) -> None:
    """A time is in the past, in UTC, and one that Kafka can count."""
    try:
        time = moment(text, NOW, "--since")
    except typer.BadParameter:
        return
    assert 0 <= time.timestamp() <= NOW.timestamp()


@given(st.floats())
def test_any_rate_is_taken_or_refused(rate: float) -> None:
    """A rate that is taken makes pauses that can be waited for."""
    try:
        assert per_second(rate) == 0 or 1 / per_second(rate) <= 1000
    except typer.BadParameter:
        assert rate


def test_without_names_nothing_is_suggested() -> None:
    """A question without an answer is not asked."""
    assert did_you_mean("x", []) == ""
    assert did_you_mean("biling", ["billing", "cash"]) == "; did you mean billing?"
    assert did_you_mean("qqq", ["billing", "cash"]) == "; did you mean billing, cash?"


def test_only_one_place_writes_to_the_terminal() -> None:
    """Every other module of the command lines says what it has to say through `terminal.output`."""
    faults = [
        f"{path.relative_to(ROOT)}: {ast.unparse(node)}"
        for folder in ("ticketstream", "classifier", "consumer", "analytics", "tickets", "schemas")
        for path in (ROOT / folder).rglob("*.py")
        if path.relative_to(ROOT).as_posix() not in WRITERS
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if _writes(node)
    ]

    assert faults == []


# The log has its own way: `defuse` for what we say, and for what libraries say.
WRITERS = {"terminal/output.py", "terminal/tables.py", "consumer/logs.py", "classifier/server.py"}


def _writes(node: ast.AST) -> bool:
    """Whether this uses standard output or error, prints, or makes a console of rich's that could."""
    match node:
        case ast.Attribute(value=ast.Name(id="sys"), attr="stdout" | "stderr"):
            return True
        case (
            ast.Call(func=ast.Name(id="print")) | ast.Call(func=ast.Attribute(value=ast.Name(id="typer"), attr="echo"))
        ):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="console"), attr="print")):
            return True
        case ast.Call(func=ast.Name(id="Console"), keywords=keywords):
            return "file" not in {keyword.arg for keyword in keywords}
        case _:
            return False
