"""Answers within the process: their order, their faults, their record."""

import json
import socket
import threading
from collections.abc import Callable
from string import ascii_lowercase
from typing import Any

import pytest
from structlog.testing import capture_logs

from analytics.clickhouse.client import Connection
from consumer import Categorization, SupportAutoCategorizer
from consumer.answer.fingerprint import fingerprint
from consumer.errors import ConfigurationError
from tests.library.reading import rows
from tests.support.model_scripts import good, raw, sized
from tests.support.model_server import Asked, Door, Script, serve

PAYMENT = ("Problema con pago", "No puedo pagar mi factura")


def unused_url() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}/"


def labelled(category: str, confidence: float, **beside: Any) -> Script:
    def script(asked: Asked, door: Door) -> None:
        label = {"category": category, "confidence": confidence}
        predictions = [{"id": ticket["id"], "labels": [label]} for ticket in asked.tickets]
        door.reply(json.dumps({"model": "m1", "predictions": predictions, **beside}).encode())

    return script


def asked_once(script: Script, **arguments: float) -> Categorization:
    with serve(script) as server, SupportAutoCategorizer(ml_api_url=server.url, **arguments) as categorizer:  # type: ignore[arg-type]
        return categorizer.categorize(*PAYMENT, "T-1")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRY_MAX_ATTEMPTS", "1")


def test_similar_texts_are_answered_from_the_cache() -> None:
    """The model is asked once for texts that differ in numbers only, unless the cache is off."""
    texts = [("Order 17", "I paid 20 EUR"), ("Order 99", "I paid 5.50 EUR")]
    seen = {}
    with serve(good) as server:
        for enable_cache in (True, False):
            before = len(server.asked)
            with SupportAutoCategorizer(ml_api_url=server.url, enable_cache=enable_cache) as categorizer:
                methods = [categorizer.categorize(*text, "T-1").method for text in texts]
            seen[enable_cache] = (methods, len(server.asked) - before)

    assert seen == {True: (["MODEL", "CACHE"], 1), False: (["MODEL", "MODEL"], 2)}


def test_without_a_model_the_rules_answer() -> None:
    """No address, or no wish to ask: final answers by keywords, never applied without a person."""
    for categorizer in (SupportAutoCategorizer(), SupportAutoCategorizer(use_ml=False, ml_api_url=unused_url())):
        result = categorizer.categorize(*PAYMENT, "T-1")

        assert (result.method, result.provisional, result.model_outcome) == ("RULES", False, "not_asked")
        assert result.decision in {"SUGGEST", "REVIEW"}
        assert result.explanation[0] == "model.not_asked"


@pytest.mark.usefixtures("impatient")
def test_a_dead_model_is_answered_for_by_the_rules() -> None:
    """The answer is provisional and says why; after five calls the model is left alone."""
    categorizer = SupportAutoCategorizer(ml_api_url=unused_url())

    results = [categorizer.categorize(*PAYMENT, "T-1") for _ in range(6)]

    assert {(result.method, result.provisional) for result in results} == {("RULES", True)}
    assert [result.model_outcome for result in results] == ["unavailable"] * 5 + ["breaker_open"]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("script", "outcome"),
    [(raw(sized(b"nonsense")), "garbled"), (raw(b"HTTP/1.1 422 X\r\nContent-Length: 0\r\n\r\n"), "refused")],
)
def test_a_ticket_that_the_model_cannot_take_is_the_rules_for_good(script: Script, outcome: str) -> None:
    """Asking again would give the same result: the rules' answer is final."""
    result = asked_once(script)

    assert (result.method, result.provisional, result.model_outcome) == ("RULES", False, outcome)


def test_a_model_of_another_taxonomy_is_logged_once() -> None:
    """After twenty replies without a known label, with the setting and the labels; the rules still answer."""
    with (
        serve(labelled("shipping", 0.9)) as server,
        SupportAutoCategorizer(ml_api_url=server.url) as categorizer,
        capture_logs() as lines,
    ):
        methods = {categorizer.categorize(f"Parcel {letter}", "", "T-1").method for letter in ascii_lowercase}
    told = [line for line in lines if line["event"] == "labels.foreign"]

    assert methods == {"RULES"}
    assert [(line["setting"], line["labels"]) for line in told] == [("TAXONOMY_FILE", ["shipping"])]


def test_an_uncalibrated_answer_is_never_automatic(db_conn: Connection) -> None:
    """Neither the first time nor from the cache; the row of the call says what it cost, and the answer leads to it."""
    usage = {"input_tokens": 346, "output_tokens": 1, "cost": 0.5}
    model = labelled("account", 0.99, calibrated=False, usage=usage)
    with serve(model) as server, SupportAutoCategorizer(db_conn, ml_api_url=server.url) as categorizer:
        said = [categorizer.categorize(*PAYMENT, ticket_id) for ticket_id in ("T-1", "T-2")]

    assert [(each.method, each.decision) for each in said] == [("MODEL", "SUGGEST"), ("CACHE", "SUGGEST")]
    assert said[0].explanation == ("model.confident", "model.uncalibrated")
    ((call_id,), (of_cache,)) = rows(db_conn, "SELECT model_call_id FROM categorizations ORDER BY ticket_id")
    query = "SELECT model_call_id, input_tokens, cached_tokens, output_tokens, cost FROM operations"
    assert rows(db_conn, f"{query} WHERE operation = 'model_call'") == [(call_id, 346, 0, 1, 0.5)]
    assert of_cache is None


def test_below_the_threshold_the_more_confident_answer_stands() -> None:
    """The rules are asked too; a model that is more confident is taken, but its answer is not AUTO."""
    unsure, sure = asked_once(labelled("account", 0.05)), asked_once(labelled("account", 0.99))
    demanding = asked_once(labelled("account", 0.99), min_confidence_threshold=1.0000001)

    assert (unsure.category, unsure.method, unsure.provisional) == ("billing", "RULES", False)
    assert (sure.category, sure.method, sure.decision) == ("account", "MODEL", "AUTO")
    assert (demanding.category, demanding.method, demanding.decision) == ("account", "MODEL", "SUGGEST")


def test_without_an_argument_the_environment_names_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ML_API_URL` and `ML_API_TOKEN` are the service's own settings."""
    with serve(good) as server:
        monkeypatch.setenv("ML_API_URL", server.url)
        monkeypatch.setenv("ML_API_TOKEN", "canary")
        with SupportAutoCategorizer() as categorizer:
            result = categorizer.categorize(*PAYMENT, "T-1")
        headers = server.asked[0].headers

    assert (result.method, headers["authorization"]) == ("MODEL", "Bearer canary")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SupportAutoCategorizer(ml_api_url="models.example.com"), "ML_API_URL is not an http"),
        (lambda: SupportAutoCategorizer(ml_api_url="http://169.254.169.254/"), "ML_API_URL leads to"),
        (lambda: SupportAutoCategorizer(min_confidence_threshold=60), "min_confidence_threshold must be"),
        (lambda: SupportAutoCategorizer("http://localhost:8123"), "clickhouse_connect.get_client"),  # type: ignore[arg-type]
    ],
)
def test_impossible_arguments_are_refused_at_once(make: Callable[[], object], message: str) -> None:
    """Each is named, with the mend."""
    with pytest.raises((ConfigurationError, ValueError, TypeError), match=message):
        make()


def test_many_threads_share_one_categorizer() -> None:
    """Every ticket gets the answer to its own text."""
    wrong: list[str] = []
    with serve(good) as server, SupportAutoCategorizer(ml_api_url=server.url) as categorizer:

        def work(thread: int) -> None:
            for number in range(25):
                ticket_id = f"T-{thread}-{number}"
                result = categorizer.categorize("Problem", f"text {'abcdefghij'[number % 10]}", ticket_id)
                if (result.ticket_id, result.category) != (ticket_id, "billing"):
                    wrong.append(ticket_id)

        threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert wrong == []


def test_answers_are_recorded_with_how_they_came_about(empty: Connection) -> None:
    """In a database that had no tables: the answer, its stages and its call to the model, without the ticket's text."""
    with (
        serve(good) as server,
        SupportAutoCategorizer(empty, ml_api_url=server.url) as categorizer,
    ):
        categorizer.categorize(*PAYMENT, "T-1", language="es")
        categorizer.categorize(*PAYMENT, "T-2", language="es")
        assert categorizer.flush()

    assert rows(
        empty,
        "SELECT ticket_id, language, category, method, model_outcome, attempts, fingerprint, audit_probability"
        " FROM categorizations ORDER BY ticket_id",
    ) == [
        ("T-1", "es", "billing", "MODEL", "answered", 1, fingerprint(*PAYMENT, None), 0.0),
        ("T-2", "es", "billing", "CACHE", "not_asked", 0, fingerprint(*PAYMENT, None), 0.0),
    ]
    assert rows(empty, "SELECT operation, count() FROM operations GROUP BY operation ORDER BY operation") == [
        ("end_to_end", 2),
        ("lookup", 2),
        ("model_call", 1),
    ]
    assert rows(
        empty,
        "SELECT count() FROM categorizations AS c JOIN _telemetry AS t"
        " ON replaceAll(t.event_id, '-', '') = c.model_call_id",
    ) == [(1,)]


def test_nothing_is_recorded_unless_wanted(db_conn: Connection) -> None:
    """Without analytics the connection is left alone."""
    with SupportAutoCategorizer(db_conn, use_ml=False, enable_analytics=False) as categorizer:
        categorizer.categorize(*PAYMENT, "T-1")

    assert rows(db_conn, "SELECT count() FROM categorizations") == [(0,)]


def test_a_mail_is_answered_as_what_its_sender_says() -> None:
    """The words of a disclaimer are no keywords: with it and without it the rules answer alike."""
    question = "No puedo pagar mi factura"
    footer = "Este mensaje es confidencial. Si lo ha recibido por error, notifíquelo al remitente y elimine su cuenta."
    with SupportAutoCategorizer(use_ml=False) as categorizer:
        bare = categorizer.categorize("Problema", question, "T-1")
        mail = categorizer.categorize("RE: Problema", f"{question}\n\nUn saludo,\nAna\n\n{footer}", "T-1")

    assert mail == bare
