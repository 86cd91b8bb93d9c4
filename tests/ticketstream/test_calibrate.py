"""`ticketstream calibrate` and `ticketstream llm ledger`, against a real endpoint."""

import contextlib
import csv
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
from typer.testing import CliRunner

from projects.names import named_categories
from tests.llm_server import KEY, Delay, Faults, LlmServer, Takes, serve
from tests.support.terminals import BARE
from tests.support.waiting import until
from ticketstream.__main__ import app

CODES = ("A", "B", "C")
LABELS = {"A": "billing", "B": "delivery", "C": "account"}
NAMES = {"billing": "Billing", "delivery": "Delivery", "account": "Account"}


def said(text: str, codes: Sequence[str]) -> str:
    """The endpoint answers what the ticket orders."""
    found = re.search(r"answer ([A-C])\b", text)
    return found[1] if found else codes[0]


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with serve(CODES, choose=said) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, server: LlmServer) -> Path:
    """Settings and a taxonomy; the prices make each call cost something."""
    taxonomy = named_categories.taxonomy_of(named_categories.read(["; ".join(NAMES.values())]), date(2026, 11, 30))
    (tmp_path / "taxonomy.toml").write_text(taxonomy)
    settings(tmp_path, server)
    return tmp_path


def settings(folder: Path, server: LlmServer, **more: str) -> None:
    given = {
        "LLM_API_URL": server.url,
        "LLM_API_KEY": KEY,
        "LLM_MODEL": "tiny-1",
        "LLM_PRICE_INPUT": "1",
        "LLM_PRICE_OUTPUT": "4",
        "STATE_DIR": str(folder / "state"),
        "TAXONOMY_FILE": str(folder / "taxonomy.toml"),
        **more,
    }
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))


def labelled(folder: Path, tickets: int = 120, label: str = "", extra: str = "") -> Path:
    """Tickets of which four in five are answered as they are labelled."""
    lines = ["subject,description,category"]
    for number in range(tickets):
        right, answered = CODES[number % 3], CODES[(number + (number % 5 == 0)) % 3]
        lines.append(f"ticket {number},number {number} wants the answer {answered},{label or NAMES[LABELS[right]]}")
    path = folder / "labelled.csv"
    path.write_text("\n".join([*lines, extra]))
    return path


class Ended(NamedTuple):
    code: int
    out: str
    err: str


def ticketstream(folder: Path, *arguments: str) -> Ended:
    """The command in this process; its lines are not folded."""
    with contextlib.chdir(folder):
        done = CliRunner().invoke(app, arguments)
    return Ended(done.exit_code, done.stdout, done.stderr)


def spent(folder: Path) -> dict[str, str]:
    (row,) = csv.DictReader(ticketstream(folder, "llm", "ledger", "--format", "csv").out.splitlines())
    return row


def test_labelled_tickets_say_what_a_confidence_means(folder: Path, server: LlmServer) -> None:
    """The figures are printed, each ticket is asked about once, and the ledger is the endpoint's own count."""
    labelled(folder)

    first = ticketstream(folder, "calibrate", "--from", "labelled.csv")
    again = ticketstream(folder, "calibrate", "--from", "labelled.csv", "--json")

    (found,) = json.loads(again.out)["calibrations"]
    assert (first.code, again.code) == (0, 0), first.err
    assert "The category is right in 80.0% of 120 answers with log-probabilities." in first.out
    assert "Calibrated by a temperature of" in first.out
    assert re.search(r"Automatic now, with a threshold of 0\.6: \d+% of the tickets", first.out)
    assert "ticketstream llm serve" in first.err
    assert "120 of 120 tickets were answered before" in again.err
    assert (found["answers"], found["accuracy"], found["method"]) == (120, pytest.approx(0.8), "temperature")
    assert found["ece_after"] < found["ece_before"]
    assert len(server.bodies) == 120
    assert server.problems == []
    counted = server.counted
    row = spent(folder)
    assert int(row["calls"]) == counted.answered == 120
    assert [int(row[f"{kind}_tokens"]) for kind in ("input", "cached", "output")] == [*counted[1:]]
    assert float(row["cost"]) == pytest.approx((counted.input_tokens + 4 * counted.output_tokens) / 1e6, abs=1e-12)


def test_nothing_of_a_ticket_is_kept(folder: Path) -> None:
    labelled(folder)

    ticketstream(folder, "calibrate", "--from", "labelled.csv")

    kept = b"".join(file.read_bytes() for file in (folder / "state").iterdir())
    assert b"wants the answer" not in kept
    assert KEY.encode() not in kept


def test_a_running_server_takes_up_the_calibration(folder: Path) -> None:
    """Before it, its answers are not calibrated, and so never automatic."""
    labelled(folder)
    command = [sys.executable, "-m", "ticketstream", "llm", "serve"]
    with subprocess.Popen(command, cwd=folder, env=BARE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            url = json.loads(process.stdout.readline())["url"]
            ticket = {"tickets": [{"id": "1", "subject": "s", "description": "the answer B"}]}
            before = requests.post(url, json=ticket, timeout=30).json()
            done = ticketstream(folder, "calibrate", "--from", "labelled.csv")
            after = requests.post(url, json=ticket, timeout=30).json()
        finally:
            process.terminate()

    labels = [reply["predictions"][0]["labels"][0] for reply in (before, after)]
    assert done.code == 0
    assert (before["calibrated"], after["calibrated"]) == (False, True)
    assert [label["category"] for label in labels] == ["delivery", "delivery"]
    assert labels[0]["confidence"] > labels[1]["confidence"] == pytest.approx(0.8, abs=0.05)


def test_without_log_probabilities_the_confidence_is_the_accuracy(folder: Path, server: LlmServer) -> None:
    server.takes = Takes(logprobs="ignored")
    labelled(folder)

    done = ticketstream(folder, "calibrate", "--from", "labelled.csv")

    assert done.code == 0
    assert "Calibrated by the accuracy alone." in done.out
    assert "gives no log-probabilities" in done.out


def test_too_few_tickets_are_refused_before_any_call(folder: Path, server: LlmServer) -> None:
    """Repeats count once, however often they come."""
    labelled(folder, 60, extra="ticket 1,number 1 wants the answer B,Delivery\n" * 100)

    done = ticketstream(folder, "calibrate", "--from", "labelled.csv")

    assert done.code == 2
    assert "has 60 different labelled tickets" in done.err
    assert "40 more" in done.err
    assert server.bodies == []


def test_labels_outside_the_taxonomy_are_refused_with_the_mend(folder: Path, server: LlmServer) -> None:
    labelled(folder, extra="ticket x,where is my refund,Refunds")

    done = ticketstream(folder, "calibrate", "--from", "labelled.csv")

    assert done.code == 2
    assert "the taxonomy has no refunds" in done.err
    assert "ticketstream taxonomy rename" in done.err
    assert server.bodies == []


def test_examples_of_the_prompt_are_not_asked_about(folder: Path, server: LlmServer) -> None:
    """The LLM has seen their answers."""
    lines = labelled(folder, 105).read_text().splitlines()[1:7]
    examples = [text + label.lower() for text, label in (re.split("(?=[A-Z][a-z]+$)", line) for line in lines)]
    (folder / "examples.csv").write_text("\n".join(["subject,description,category", *examples]))
    settings(folder, server, LLM_EXAMPLES=str(folder / "examples.csv"))

    done = ticketstream(folder, "calibrate", "--from", "labelled.csv")

    assert "has 99 different labelled tickets that are no examples" in done.err
    assert (done.code, server.bodies) == (2, [])


def test_a_spent_budget_ends_the_asking_and_the_next_day_goes_on(folder: Path, server: LlmServer) -> None:
    """What was answered is kept: no ticket is paid for twice."""
    labelled(folder)
    settings(folder, server, LLM_BUDGET_PER_DAY="0.02")
    ended = ticketstream(folder, "calibrate", "--from", "labelled.csv")
    asked = len(server.bodies)
    settings(folder, server)

    done = ticketstream(folder, "calibrate", "--from", "labelled.csv")

    assert ended.code == 1
    assert "LLM_BUDGET_PER_DAY" in ended.err
    assert f"{asked} of 120 answers are kept" in ended.err
    assert 0 < asked < 120
    assert (done.code, len(server.bodies)) == (0, 120)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_an_ended_run_goes_on_where_it_stood(folder: Path, server: LlmServer, number: signal.Signals) -> None:
    """At most the calls under way are paid for again."""
    labelled(folder)
    server.delay = Delay(0.005)
    command = [sys.executable, "-m", "ticketstream", "calibrate", "--from", "labelled.csv", "--at-once", "2"]
    with subprocess.Popen(command, cwd=folder, env=BARE, stderr=subprocess.DEVNULL) as process:
        until(lambda: len(server.bodies) >= 40)
        process.send_signal(number)
    asked = len(server.bodies)
    server.delay = Delay()

    done = ticketstream(folder, "calibrate", "--from", "labelled.csv")

    assert process.returncode == {signal.SIGKILL: -signal.SIGKILL, signal.SIGINT: 130}[number]
    assert asked < 120
    assert done.code == 0
    assert 120 <= len(server.bodies) <= 122
    assert int(spent(folder)["calls"]) - len(server.bodies) in {0, 1, 2}


def test_faults_of_the_endpoint_leave_out_single_tickets(folder: Path, server: LlmServer) -> None:
    """Limits and failures are tried again, what the endpoint refuses is left out and said."""
    server.faults = Faults(limited=0.1, broken=0.02, filtered=0.05)
    labelled(folder, 150)

    done = ticketstream(folder, "calibrate", "--from", "labelled.csv", "--at-once", "8")

    assert done.code == 0, done.err
    assert re.search(r"\d+ tickets without an answer: the endpoint's content filter refuses this ticket", done.err)
    assert "The same command asks about these again." in done.err


def test_too_few_answers_end_with_how_many_are_missing(folder: Path, server: LlmServer) -> None:
    server.faults = Faults(filtered=0.5)
    labelled(folder)

    done = ticketstream(folder, "calibrate", "--from", "labelled.csv")

    found = re.search(r"(\d+) tickets were answered, and 100 answers are needed: (\d+) more", done.err)
    assert found
    assert int(found[1]) + int(found[2]) == 100
    assert done.code == 1
    assert not (folder / "state" / "llm-calibration.json").exists()


@pytest.mark.parametrize("at_once", ["1", "8"])
def test_an_endpoint_that_is_not_there_ends_the_command(folder: Path, server: LlmServer, at_once: str) -> None:
    """With what to change, after a few calls."""
    labelled(folder)
    settings(folder, server, LLM_API_URL=server.url.replace("/v1", "/elsewhere"))

    done = ticketstream(folder, "calibrate", "--from", "labelled.csv", "--at-once", at_once)

    assert done.code == 2
    assert "LLM_API_URL" in done.err
    assert "0 of 120 answers are kept" in done.err
    assert sum(server.statuses.values()) <= int(at_once)


def test_the_ledger_is_printed_in_each_format(folder: Path) -> None:
    labelled(folder, 100)
    ticketstream(folder, "calibrate", "--from", "labelled.csv")

    table, as_json = (ticketstream(folder, "llm", "ledger", "--format", kind) for kind in ("table", "json"))

    (day,) = json.loads(as_json.out)["days"]
    assert (table.code, as_json.code) == (0, 0)
    assert "tiny-1" in table.out
    assert day["calls"] == 100
    assert day["cost"] == float(spent(folder)["cost"])


def test_a_ledger_that_is_not_there_is_named(folder: Path) -> None:
    done = ticketstream(folder, "llm", "ledger")

    assert done.code == 2
    assert "llm-ledger.sqlite" in done.err
