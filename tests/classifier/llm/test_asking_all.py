"""Many tickets are asked about: what becomes of failures."""

import threading

import pytest

from classifier.llm.asking import Asked
from classifier.llm.asking_all import Stopped, Ticket, Wait, ask_all, next_step
from classifier.llm.chat.failures import Failure
from classifier.llm.types import Usage
from tests.classifier.llm.parts import CHOICES

TICKETS = [Ticket(f"ticket {number}", "") for number in range(20)]
ANSWER = Asked(((CHOICES[0], 0.9),), "logprobs", Usage(), 1)


@pytest.mark.parametrize(
    ("failure", "waits_s"),
    [
        (Failure(429, "rate_limited", 7.0), 7.0),
        (Failure(429, "rate_limited", 7200.0), 60.0),
        (Failure(429, "calls_per_minute", 0.5), 0.5),
        (Failure(503, "endpoint_failed"), 1.0),
        (Failure(503, "endpoint_failed", 3.0), 3.0),
    ],
)
def test_what_passes_is_tried_again(failure: Failure, waits_s: float) -> None:
    assert next_step(failure, 1, 0) == Wait(waits_s)


@pytest.mark.parametrize(
    "failure",
    [Failure(422, "content_filter"), Failure(502, "not_a_choice")],
)
def test_what_concerns_one_ticket_leaves_it_out(failure: Failure) -> None:
    assert next_step(failure, 1, 0) == failure
    assert next_step(Failure(503, "endpoint_failed"), 4, 0) == Failure(503, "endpoint_failed")


@pytest.mark.parametrize(
    "failure",
    [
        Failure(429, "budget_spent", 300.0),
        Failure(429, "payment_required", 300.0),
        Failure(401, "denied"),
        Failure(404, "denied"),
    ],
)
def test_what_concerns_every_ticket_ends_the_asking(failure: Failure) -> None:
    assert isinstance(next_step(failure, 1, 0), Stopped)
    assert isinstance(next_step(Failure(429, "rate_limited", 1.0), 1, 30), Stopped)


def test_all_answers_are_given_before_the_end() -> None:
    """Those that were under way when the budget was spent are paid for."""
    spent = threading.Event()

    def ask(subject: str, _: str) -> Asked | Failure:
        if subject == "ticket 5":
            spent.set()
            return Failure(429, "budget_spent", 300.0)
        if subject in {"ticket 6", "ticket 7", "ticket 8"}:
            spent.wait(10)
        return ANSWER

    found: list[int] = []
    results = ask_all(TICKETS, ask, 4, threading.Event())
    with pytest.raises(Stopped) as stopped:
        found.extend(number for number, _ in results)

    assert stopped.value.failure.code == "budget_spent"
    assert {0, 1, 2, 3, 4} <= set(found) <= set(range(5)) | set(range(6, 20))
    assert len(found) == len(set(found))


def test_five_tickets_in_a_row_that_fail_end_the_asking() -> None:
    asked = []

    def ask(subject: str, _: str) -> Failure:
        asked.append(subject)
        return Failure(503, "endpoint_failed", 0.001)

    with pytest.raises(Stopped):
        list(ask_all(TICKETS, ask, 1, threading.Event()))

    assert len(asked) == 5 * 4
