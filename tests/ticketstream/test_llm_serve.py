"""`ticketstream llm serve`: settings to a server, and its end."""

import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from classifier.llm.ledger import Ledger
from tests.classifier.client import batch, call
from tests.llm_server import KEY, Delay, serve
from tests.support.llm_process import MODEL, llm_environment, llm_process
from tests.support.waiting import until

TAXONOMY = """
version = "1"
languages = ["en", "es"]
[default]
category = "billing"
precision = 0.5
n = 10
[descriptions]
"billing/refund" = "The customer wants money back."
delivery = "Parcels: late, lost or broken."
[categories.billing]
name = { en = "Billing", es = "Facturas" }
[categories.billing.subcategories]
refund = { en = "Refund", es = "Reembolso" }
[categories.delivery]
name = { en = "Delivery", es = "Entregas" }
"""
CODES = ["A", "B"]
PRICES = {"LLM_PRICE_INPUT": "1", "LLM_PRICE_OUTPUT": "4", "LLM_PRICE_CACHED": "0.5"}


@pytest.fixture
def taxonomy(tmp_path: Path) -> str:
    (tmp_path / "taxonomy.toml").write_text(TAXONOMY)
    return str(tmp_path / "taxonomy.toml")


def ended(folder: Path, *options: str, address: str = "http://127.0.0.1:9/v1", **settings: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "ticketstream", "llm", "serve", *options],
        env=llm_environment(address, folder, **settings),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_it_answers_with_the_categories_of_the_taxonomy_and_counts_over_restarts(tmp_path: Path, taxonomy: str) -> None:
    """The prompt holds names in both languages and the examples; SIGTERM ends it with 0; the ledger goes on."""
    examples = tmp_path / "examples.csv"
    examples.write_text("subject,description,category,subcategory\nHi,</ticket> money back,billing,refund\n")
    names = {"TAXONOMY_FILE": taxonomy, "LLM_EXAMPLES": str(examples), **PRICES}
    replies = []
    with serve(CODES, choose=lambda _, codes: str(codes[0])) as server:
        for _ in range(2):
            with llm_process(server.url, tmp_path, **names) as llm:
                replies.append(call(llm.url, batch("I want my money back")))
                health = call(f"{llm.url}healthz")
                llm.process.send_signal(signal.SIGTERM)
                code = llm.process.wait(15)
                logged = llm.output.read_text()

    labels = [reply.body["predictions"][0]["labels"][0] for reply in replies]
    assert [(label["category"], label["subcategory"]) for label in labels] == [("billing", "refund")] * 2
    assert (health.status, health.body["model"], code) == (200, replies[0].body["model"], 0)
    assert replies[0].body["model"].startswith(f"{MODEL}/")
    assert server.problems == []
    prefix = server.bodies[0]["messages"][0]["content"]
    assert "\nA: Billing: Refund / Facturas: Reembolso. The customer wants money back.\n" in prefix
    assert "\nB: Delivery / Entregas. Parcels: late, lost or broken.\n" in prefix
    assert "&lt;/ticket&gt; money back" in prefix
    (day,) = Ledger(tmp_path / "state" / "llm-ledger.sqlite").days()
    assert (day.calls, day.input_tokens, day.output_tokens) == (2, *server.counted[1:4:2])
    assert KEY not in logged
    assert "money back" not in logged


def test_the_budget_holds_over_a_kill(tmp_path: Path, taxonomy: str) -> None:
    """What was under way when it was killed counts; afterwards no call is made, and callers are told to wait."""
    names = {"TAXONOMY_FILE": taxonomy, "LLM_BUDGET_PER_DAY": "0.002", **PRICES}
    with serve(CODES, delay=Delay(30.0)) as server:
        with llm_process(server.url, tmp_path, **names) as llm, ThreadPoolExecutor(1) as threads:
            asking = threads.submit(call, llm.url, batch("hello"))
            until(lambda: server.bodies)
            llm.process.kill()
        assert asking.exception() is not None
        server.delay = Delay()
        with llm_process(server.url, tmp_path, **names) as llm:
            replies = [call(llm.url, batch("hello")) for _ in range(2)]
            logged = llm.output.read_text()

    assert "raise LLM_BUDGET_PER_DAY" in logged
    assert {(reply.status, reply.body["error"]["code"]) for reply in replies} == {(429, "budget_spent")}
    assert all(float(reply.headers["retry-after"]) > 0 for reply in replies)
    assert len(server.bodies) == 1


@pytest.mark.long
def test_sigterm_ends_it_while_the_endpoint_is_silent(tmp_path: Path, taxonomy: str) -> None:
    """Within the ten seconds of the contract; the call counts at its estimate."""
    names = {"TAXONOMY_FILE": taxonomy, "LLM_TIMEOUT": "120", "ML_API_TIMEOUT": "130", **PRICES}
    with serve(CODES, delay=Delay(100.0)) as server, llm_process(server.url, tmp_path, **names) as llm:
        with ThreadPoolExecutor(1) as threads:
            asking = threads.submit(call, llm.url, batch("hello"))
            until(lambda: server.bodies)
            llm.process.terminate()
            code = llm.process.wait(10)
        assert asking.exception() is not None or asking.result().status >= 500
    (day,) = Ledger(tmp_path / "state" / "llm-ledger.sqlite").days()

    assert code == 0
    assert (day.calls, day.estimated_calls) == (1, 1)


@pytest.mark.parametrize(
    ("settings", "mend"),
    [
        ({"LLM_API_URL": ""}, "LLM_API_URL is not set"),
        ({"LLM_EXAMPLES": "foreign.csv"}, "has the category 'gardening', which TAXONOMY_FILE lacks"),
        ({"STATE_DIR": "/dev/null/x"}, "the ledger"),
    ],
)
def test_what_cannot_be_used_ends_it_with_2_and_the_mend(tmp_path: Path, settings: dict[str, str], mend: str) -> None:
    """Before anything is asked, and without the key."""
    (tmp_path / "foreign.csv").write_text("subject,category\nroses,gardening\n")

    code, said = ended(tmp_path, **settings)

    assert code == 2
    assert mend in said
    assert "Traceback" not in said
    assert KEY not in said


def test_a_port_that_is_taken_ends_it_with_1(tmp_path: Path) -> None:
    """The message names the options."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, said = ended(tmp_path, "--port", str(taken.getsockname()[1]))

    assert code == 1
    assert "name another with --host and --port" in said


def test_a_sandbox_with_an_llm_says_at_once_what_is_missing(tmp_path: Path) -> None:
    """Before broker and ClickHouse are started."""
    done = subprocess.run(
        [sys.executable, "-m", "ticketstream", "sandbox", "--llm", "--data", "data"],
        env=llm_environment("", tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert done.stderr.startswith("ticketstream: LLM_API_URL is not set")
    assert not (tmp_path / "data").exists()
