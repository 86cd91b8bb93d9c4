"""One ticket, asked over real HTTP: steps down, one repair, and failures in the contract's words."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from classifier.llm.asking import MOST_CALLS, Asked
from classifier.llm.chat.failures import Failure
from classifier.llm.chat.takes import Takes as Sent
from classifier.llm.metering import LedgerMeter
from classifier.llm.prices import Prices, money
from classifier.llm.types import Refusal
from tests.classifier.llm.parts import CODES, MemoryMeter, asker, in_s
from tests.llm_server import Delay, Faults, Takes, serve

Ask = Callable[..., Asked | Failure]


def code_of(answer: Asked | Failure) -> str:
    assert isinstance(answer, Asked), answer
    return answer.probabilities[0][0].code


def the_last(_: str, codes: Any) -> str:
    return str(codes[-1])


ALL_REFUSED = Takes(
    schema="refused",
    json_object="refused",
    logprobs="refused",
    refused=frozenset({"max_tokens", "max_completion_tokens", "temperature"}),
    system_role=False,
)


@pytest.mark.parametrize(
    ("takes", "form", "source", "steps"),
    [
        (Takes(), "json_schema", "logprobs", 0),
        (Takes(schema="refused"), "json_object", "logprobs", 1),
        (Takes(schema="refused", json_object="refused"), "text", "logprobs", 2),
        (Takes(logprobs="refused"), "json_schema", "constant", 2),
        (Takes(top_logprobs=5), "json_schema", "logprobs", 1),
        (Takes(logprobs="ignored"), "json_schema", "constant", 0),
        (Takes(logprobs="before_mask"), "json_schema", "logprobs", 0),
        (Takes(refused=frozenset({"max_tokens"})), "json_schema", "logprobs", 1),
        (Takes(refused=frozenset({"temperature"})), "json_schema", "logprobs", 1),
        (Takes(system_role=False), "json_schema", "logprobs", 1),
        (ALL_REFUSED, "text", "constant", 8),
    ],
)
def test_the_best_that_an_endpoint_takes_is_found_once_and_remembered(
    takes: Takes, form: str, source: str, steps: int
) -> None:
    """Each refusal is one step down; from the second ticket on there are none, and the meter knows all calls."""
    meter, sent = MemoryMeter(), list[Sent]()
    with serve(CODES, takes=takes, choose=the_last) as server:
        ask = asker(server, meter, on_step=sent.append).ask
        answers = [ask("", "hello", in_s(10)) for _ in range(3)]

    assert [code_of(answer) for answer in answers] == [CODES[-1]] * 3
    assert [answer.calls for answer in answers] == [steps + 1, 1, 1]
    assert {answer.source for answer in answers if isinstance(answer, Asked)} == {source}
    assert ([Sent(), *sent][-1].form, len(sent)) == (form, steps)
    assert server.problems == []
    assert meter.is_all_settled
    assert (meter.total.input_tokens, meter.total.output_tokens) == (
        server.counted.input_tokens,
        server.counted.output_tokens,
    )


def test_an_endpoint_that_does_not_say_what_it_refuses_is_stepped_down_blindly() -> None:
    """What is left out is remembered only once an answer has proved it right."""
    with serve(CODES, takes=ALL_REFUSED._replace(names_parameter=False)) as server:
        ask = asker(server).ask
        first, second = (ask("", "hello", in_s(10)) for _ in range(2))

    assert isinstance(first, Asked)
    assert isinstance(second, Asked)
    assert 1 < first.calls <= MOST_CALLS
    assert second.calls == 1


def test_an_endpoint_that_refuses_everything_is_no_fault_of_the_ticket() -> None:
    """Nothing is remembered, and the ticket may be asked again."""
    with serve(CODES, takes=Takes(refused=frozenset({"model"}), names_parameter=False)) as server:
        ask = asker(server).ask
        first = ask("", "hello", in_s(10))
        server.takes = Takes()
        second = ask("", "hello", in_s(10))

    assert isinstance(first, Failure)
    assert (first.status, first.code) == (503, "request_refused")
    assert (second.calls, isinstance(second, Asked) and second.source) == (1, "logprobs")


def test_a_schema_that_is_ignored_in_silence_is_given_up_after_a_while() -> None:
    """Five answers in a row that no schema would allow; then json_object, which this endpoint obeys."""
    steps = list[Sent]()
    with serve(CODES, takes=Takes(schema="ignored"), choose=lambda *_: "It is A") as server:
        ask = asker(server, on_step=steps.append).ask
        answers = [ask("", "hello", in_s(10)) for _ in range(3)]
        server.choose = the_last
        answers.append(ask("", "hello", in_s(10)))

    assert [answer.status for answer in answers if isinstance(answer, Failure)] == [502, 502, 502]
    assert code_of(answers[-1]) == CODES[-1]
    assert [step.form for step in steps] == ["json_object"]
    assert server.bodies[-1]["response_format"] == {"type": "json_object"}


def test_a_few_accidents_change_nothing() -> None:
    """Where answers come between them, the endpoint is asked as before."""
    with serve(CODES, faults=Faults(garbage=0.15, empty=0.1), seed=4) as server:
        ask = asker(server).ask
        answers = [ask("", "hello", in_s(10)) for _ in range(40)]

    assert len([answer for answer in answers if isinstance(answer, Asked)]) > 30
    assert server.bodies[-1]["response_format"]["type"] == "json_schema"


def test_a_model_that_reasons_gets_room_for_it_once() -> None:
    """Its empty content at the limit is asked again with more room; reasoning tokens are counted."""
    meter = MemoryMeter()
    with serve(CODES, takes=Takes(reasoning_tokens=300, refused=frozenset({"max_tokens"}))) as server:
        ask = asker(server, meter).ask
        answers = [ask("", "hello", in_s(10)) for _ in range(2)]

    assert [answer.calls for answer in answers] == [3, 1]
    assert all(isinstance(answer, Asked) for answer in answers)
    assert answers[1].usage.output_tokens > 300
    assert meter.total.output_tokens == server.counted.output_tokens


@pytest.mark.parametrize(
    ("fault", "status", "code", "calls"),
    [
        ("limited", 429, "rate_limited", 1),
        ("broken", 503, "endpoint_failed", 1),
        ("garbage", 502, "unknown_label", 2),
        ("refusal", 502, "refusal", 2),
        ("empty", 502, "empty", 2),
        ("truncated", 502, "truncated", 2),
        ("filtered", 422, "content_filter", 1),
        ("error_in_200", 502, "error_in_answer", 2),
        ("not_json", 502, "not_json", 2),
        ("cut", 503, "connection_cut", 1),
        ("without_schema", 502, "unknown_label", 2),
    ],
)
def test_each_fault_is_a_failure_in_the_contracts_words(fault: str, status: int, code: str, calls: int) -> None:
    """No fault is a label; those of an answer are repaired once, and every call is settled."""
    meter = MemoryMeter()
    with serve(CODES, faults=Faults(**{fault: 1.0}), retry_after_s=7) as server:
        answer = asker(server, meter).ask("", "hello", in_s(10))

    assert isinstance(answer, Failure)
    assert (answer.status, answer.code, answer.calls) == (status, code, calls)
    assert answer.retry_after_s == (7 if fault == "limited" else None)
    assert meter.is_all_settled
    assert answer.usage == meter.total


@pytest.mark.parametrize("fault", ["garbage", "refusal", "empty", "truncated", "error_in_200", "not_json"])
def test_one_repair_is_asked_for_with_a_reminder_behind_the_ticket(fault: str) -> None:
    """The prefix stays as it is, and the answer counts both calls."""
    with serve(CODES, faults=Faults(**{fault: 1.0})) as server:
        server.choose = the_last
        answer = asker(server, on_call=lambda _: setattr(server, "faults", Faults())).ask("", "hello", in_s(10))

    assert code_of(answer) == CODES[-1]
    assert answer.calls == 2
    first, second = (body["messages"][-1]["content"] for body in server.bodies)
    assert second.startswith(first)
    assert "one of the codes" in second[len(first) :]
    assert server.problems == []


@pytest.mark.parametrize(("status", "code"), [(401, "denied"), (403, "denied"), (404, "denied")])
def test_an_endpoint_that_denies_all_is_told_with_its_own_status(status: int, code: str) -> None:
    """The service's breaker opens at once for these."""
    with serve(CODES, denied=status) as server:
        answer = asker(server).ask("", "hello", in_s(10))

    assert isinstance(answer, Failure)
    assert (answer.status, answer.code) == (status, code)


def test_a_refusal_of_the_meter_makes_no_call() -> None:
    """The budget is spent: 429 with the time to wait, and the endpoint hears nothing."""
    meter = MemoryMeter()
    meter.refusal = Refusal("budget_spent", 300.0)
    with serve(CODES) as server:
        answer = asker(server, meter).ask("", "hello", in_s(10))

    assert answer == Failure(429, "budget_spent", 300.0, was_sent=False)
    assert server.bodies == []


def test_a_slow_endpoint_is_a_timeout_within_the_deadline() -> None:
    """The estimate stays: the endpoint may charge for what nobody waited for."""
    meter = MemoryMeter()
    with serve(CODES, delay=Delay(0.8)) as server:
        began = time.monotonic()
        answer = asker(server, meter).ask("", "hello", in_s(0.2))
        took_s = time.monotonic() - began

    assert isinstance(answer, Failure)
    assert (answer.status, answer.code) == (503, "endpoint_timeout")
    assert took_s < 0.7
    assert meter.total.input_tokens > 0


def test_a_ticket_that_is_never_answered_is_given_up_once_others_were() -> None:
    """Four calls in all, however often it comes again; while nothing is answered it may be the endpoint."""

    def refusing(text: str, codes: Any) -> str:
        return "ZZZZ" if "bad" in text else str(codes[0])

    with serve(CODES, takes=Takes(schema="ignored"), choose=refusing) as server:
        ask = asker(server).ask
        alone = [ask("", "bad", in_s(10)) for _ in range(2)]
        ask("", "good", in_s(10))
        before = len(server.bodies)
        given_up = [ask("", "bad", in_s(10)) for _ in range(3)]
        after = len(server.bodies)
        other = ask("", "bad too", in_s(10))

    assert [answer.status for answer in alone if isinstance(answer, Failure)] == [502, 502]
    assert given_up == [Failure(422, "never_answered", was_sent=False)] * 3
    assert after == before
    assert isinstance(other, Failure)
    assert other.status == 502


def test_no_repair_is_begun_that_could_not_end_in_time() -> None:
    """A call of as long as the first would be cut off, and paid for."""
    with serve(CODES, delay=Delay(0.5), faults=Faults(garbage=1.0)) as server:
        answer = asker(server).ask("", "hello", in_s(0.9))

    assert isinstance(answer, Failure)
    assert (answer.status, answer.code, answer.calls) == (502, "unknown_label", 1)
    assert len(server.bodies) == 1


def test_a_deadline_that_has_passed_asks_nobody() -> None:
    """A ticket that waited too long for a thread costs nothing."""
    with serve(CODES) as server:
        answer = asker(server).ask("", "hello", in_s(-1))

    assert isinstance(answer, Failure)
    assert (answer.status, answer.calls, len(server.bodies)) == (503, 0, 0)


def test_128_tickets_at_once_are_asked_side_by_side() -> None:
    """Each waits for its own answer only."""
    with serve(CODES, delay=Delay(0.5)) as server:
        ask = asker(server).ask
        began = time.monotonic()
        with ThreadPoolExecutor(128) as threads:
            answers = list(threads.map(lambda number: ask("", f"hello {number}", in_s(20)), range(128)))
        took_s = time.monotonic() - began

    assert all(isinstance(answer, Asked) for answer in answers)
    assert server.most_in_flight > 64
    # One after the other they would take a minute.
    assert took_s < 15


def test_a_ledger_knows_what_a_faulty_endpoint_counted(tmp_path: Path) -> None:
    """Of 300 tickets that are asked again until they are answered, retries, repairs and steps down included."""
    prices = Prices(money("0.15"), money("0.6"), money("0.075"))
    meter = LedgerMeter(tmp_path / "ledger.sqlite", "http://llm.test/v1", "tiny-1", prices, 64)
    faults = Faults(limited=0.1, broken=0.05, garbage=0.02, refusal=0.01, empty=0.01, without_logprobs=0.1)
    with serve(CODES, faults=faults, takes=Takes(top_logprobs=5), retry_after_s=0) as server:
        ask = asker(server, meter).ask

        def until_answered(number: int) -> Asked:
            while not isinstance(answer := ask("", f"ticket {number}", in_s(20)), Asked):
                assert answer.status in {429, 502, 503}
            return answer

        with ThreadPoolExecutor(16) as threads:
            answers = list(threads.map(until_answered, range(300)))
    (day,) = meter.ledger.days()
    meter.close()

    assert {code_of(answer) for answer in answers} <= set(CODES)
    assert server.problems == []
    assert (day.calls, day.input_tokens, day.cached_tokens, day.output_tokens) == (
        len(server.bodies),
        *server.counted[1:],
    )
    assert day.estimated_calls == 0
