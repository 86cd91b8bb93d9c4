"""What the reference model reaches on tickets it was not trained on."""

import json
import time
from collections.abc import Callable, Sequence

import pytest

from classifier.evaluation import evaluate
from classifier.tickets import read_tickets
from tests.classifier.conftest import DATA, Trained

ECE_LIMIT = 0.05


@pytest.fixture(scope="module")
def spanish_support() -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in (DATA / "spanish_support.jsonl").read_text("utf-8").splitlines()]
    return [(row["subject"], row["description"]) for row in rows]


def top_confidences(trained: Trained, tickets: Sequence[tuple[str, str]]) -> list[float]:
    return [labels[0].confidence for labels in trained.model.predict(tickets, top_k=1)]


def fastest_s(work: Callable[[], object]) -> float:
    # The best of several, because other processes share these cores.
    durations = []
    for _ in range(20):
        started = time.perf_counter()
        work()
        durations.append(time.perf_counter() - started)
    return min(durations)


def test_banking77_is_answered_accurately_and_honestly(banking: Trained) -> None:
    """Trained on banking77's train part, the bench part's categories and intents are found, with honest confidence."""
    figures = evaluate(banking.model, banking.bench)

    assert figures.subcategory is not None
    assert figures.category.tickets == len(banking.bench) == 2604
    assert figures.category.accuracy >= 0.94
    assert figures.subcategory.accuracy >= 0.88
    assert figures.category.calibration_error is not None
    assert figures.category.calibration_error <= ECE_LIMIT
    assert figures.subcategory.calibration_error is not None
    assert figures.subcategory.calibration_error <= ECE_LIMIT


@pytest.mark.long
def test_clinc150_domains_are_found(clinc: Trained) -> None:
    """Trained on clinc150's train part, the bench part's domains and intents are found, with honest confidence."""
    figures = evaluate(clinc.model, clinc.bench)

    assert figures.subcategory is not None
    assert figures.category.accuracy >= 0.95
    assert figures.subcategory.accuracy >= 0.91
    assert figures.category.calibration_error is not None
    assert figures.category.calibration_error <= ECE_LIMIT
    assert figures.subcategory.calibration_error is not None
    assert figures.subcategory.calibration_error <= ECE_LIMIT


def test_training_is_quick(banking: Trained) -> None:
    """Training on banking77 takes less than a minute."""
    assert banking.train_s < 60


def test_one_ticket_is_answered_within_10_ms(banking: Trained) -> None:
    """One ticket takes less than 10 ms and 64 take less than 100 ms."""
    tickets = [(ticket.subject, ticket.description) for ticket in banking.bench[:64]]

    one_s = fastest_s(lambda: banking.model.predict(tickets[:1], top_k=3))
    batch_s = fastest_s(lambda: banking.model.predict(tickets, top_k=3))

    assert one_s < 0.010
    assert batch_s < 0.100


def test_unseen_language_gets_low_confidence(banking: Trained) -> None:
    """Spanish requests put to the model that has only seen English get hardly more than a label's share in training."""
    tickets = read_tickets([DATA / "mtod-es-bench.jsonl.gz"], "bench")

    confidences = top_confidences(banking, [(ticket.subject, ticket.description) for ticket in tickets])

    # Stricter than what is promised (0.3 and 95 %), which the bare linear model would just reach on these.
    assert len(confidences) == 1597
    assert sum(confidences) / len(confidences) < 0.22
    assert sum(confidence >= 0.6 for confidence in confidences) <= 0.002 * len(confidences)


def test_unseen_language_gets_low_confidence_on_support_tickets(
    banking: Trained, spanish_support: list[tuple[str, str]]
) -> None:
    """Spanish support tickets, full of cognates of banking's English words, get low confidences too."""
    confidences = top_confidences(banking, spanish_support)

    assert sum(confidences) / len(confidences) < 0.3
    assert sum(confidence < 0.6 for confidence in confidences) >= 0.95 * len(confidences)


def test_known_language_is_not_doubted(banking: Trained) -> None:
    """The language is known in nearly every English ticket, names and misspelt words included."""
    known = banking.model.languages.weigh([ticket.text for ticket in banking.bench])

    assert float((known > 0.9).mean()) > 0.995


@pytest.mark.parametrize(
    "text", ["Where is my card?", "WHERE IS MY CARD", "where is my card 4929-1123"], ids=["plain", "capitals", "number"]
)
def test_case_and_numbers_do_not_change_the_category(banking: Trained, text: str) -> None:
    """With capitals and an order number a plain question keeps its category and most of its confidence."""
    best = banking.model.predict([("", text)], top_k=1)[0][0]

    assert (best.category, best.subcategory) == ("cards", "card_arrival")
    assert best.confidence > 0.6
