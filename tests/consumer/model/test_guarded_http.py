"""The guarded client over HTTP, with threads and real time."""

import json
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from consumer.guards.breaker import BreakerState
from consumer.guards.retry import RetryPolicy
from consumer.model.guarded import GuardedClient, build
from consumer.model.types import ModelTicket
from tests.support.model_server import Asked, Door, serve
from tests.support.waiting import until

if TYPE_CHECKING:
    from consumer.guards.breaker import BreakerChange
    from consumer.model.types import CallReport
    from schemas.events import ModelOutcome
    from tests.support.model_server import Script

QUICK = RetryPolicy(initial_delay_s=0.01, max_delay_s=0.05)
TICKETS = [ModelTicket(f"canary subject {index}", "canary description") for index in range(4)]


class Reports:
    """What the guarded client reported."""

    def __init__(self) -> None:
        self.calls: list[CallReport] = []
        self.changes: list[BreakerChange] = []


def guard(
    url: str, reports: Reports, *, retry: RetryPolicy = QUICK, threshold: int = 5, timeout_s: float = 5.0
) -> GuardedClient:
    return build(
        url,
        token="canary-token",
        timeout_s=timeout_s,
        concurrency=16,
        retry=retry,
        breaker_threshold=threshold,
        breaker_timeout_s=0.3,
        on_call=reports.calls.append,
        on_breaker_change=reports.changes.append,
    )


def truncated(_asked: Asked, door: Door) -> None:
    door.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    door.connection.close()


def ask(model: GuardedClient, within_s: float = 20.0) -> list[str]:
    return [reply.outcome for reply in model.ask(TICKETS, time.monotonic() + within_s)]


def test_a_model_that_fails_three_times_in_ten_in_every_way_still_answers() -> None:
    """Sixteen threads, errors, resets, garbage and truncation at random: at least 95 % of the tickets are answered."""
    rng = random.Random(5)
    faults: list[Script] = [
        lambda _asked, door: door.reply(b"busy", 503),
        lambda _asked, door: door.reply(b"", 429, "Retry-After: 0\r\n"),
        lambda _asked, door: door.reply(b'{"model": "m1", "predictions": []}'),
        lambda _asked, door: door.reset(),
        truncated,
    ]

    def script(asked: Asked, door: Door) -> None:
        if rng.random() < 0.3:
            rng.choice(faults)(asked, door)
        else:
            door.answer(asked)

    reports = Reports()
    with serve(script) as server, ThreadPoolExecutor(16) as pool:
        model = guard(server.url, reports)
        outcomes = [outcome for replies in pool.map(lambda _: ask(model), range(400)) for outcome in replies]
        model.close()

    assert outcomes.count("answered") >= 0.95 * len(outcomes)
    assert sum(report.attempts for report in reports.calls) == len(server.asked)
    assert len({report.call_id for report in reports.calls}) == len(reports.calls)


def test_one_blip_under_sixteen_callers_does_not_open_the_breaker() -> None:
    """All sixteen fail without a retry, but they were all under way when the last answer came."""
    answered = threading.Event()
    arrived = threading.Barrier(17)

    def script(asked: Asked, door: Door) -> None:
        arrived.wait(timeout=10.0)
        if asked.number == 0:
            door.answer(asked)
        else:
            answered.wait(timeout=10.0)
            door.reply(b"", 500)

    reports = Reports()
    with serve(script) as server, ThreadPoolExecutor(17) as pool:
        model = guard(server.url, reports, retry=RetryPolicy(max_attempts=1))
        asking = [pool.submit(ask, model) for _ in range(17)]
        until(lambda: reports.calls)
        answered.set()
        outcomes = sorted(call.result()[0] for call in asking)
        model.close()

    assert outcomes == ["answered"] + ["unavailable"] * 16
    assert reports.changes == []


def test_a_pause_between_tries_ends_when_the_breaker_opens() -> None:
    """A pause of twenty seconds ends early when the model refuses all calls."""
    reports = Reports()
    with (
        serve(lambda _asked, door: door.reply(b"", 503, "Retry-After: 20\r\n")) as server,
        ThreadPoolExecutor(8) as pool,
    ):
        model = guard(server.url, reports)
        sleeping = [pool.submit(ask, model, 60.0) for _ in range(8)]
        until(lambda: len(server.asked) == 8)
        server.script = lambda _asked, door: door.reply(b"", 401)
        began = time.monotonic()
        denied = ask(model)
        outcomes = [call.result() for call in sleeping]
        woken_after_s = time.monotonic() - began
        model.close()

    assert denied == ["unavailable"] * 4
    assert outcomes == [["breaker_open"] * 4] * 8
    assert woken_after_s < 5.0


def test_an_outage_passes() -> None:
    """The breaker opens, probes fail, the model returns, and tickets are answered again."""
    reports = Reports()
    with serve(lambda _asked, door: door.reset()) as server:
        model = guard(server.url, reports)
        during = [ask(model)[0] for _ in range(8)]
        until(lambda: ask(model) and len(reports.changes) >= 3)
        server.script = lambda asked, door: door.answer(asked)
        until(lambda: ask(model) == ["answered"] * 4)
        model.close()

    assert during == ["unavailable"] * 5 + ["breaker_open"] * 3
    assert [change.state for change in reports.changes[:3]] == [
        BreakerState.OPEN,
        BreakerState.HALF_OPEN,
        BreakerState.OPEN,
    ]
    assert reports.changes[-1].state is BreakerState.CLOSED


def test_one_poisonous_ticket_is_found_over_the_wire() -> None:
    """The model refuses any batch with it; the others are answered."""

    def script(asked: Asked, door: Door) -> None:
        if any(ticket["subject"].endswith("2") for ticket in asked.tickets):
            door.reply(b'{"detail": "cannot tokenize"}', 422)
        else:
            door.answer(asked)

    reports = Reports()
    with serve(script) as server:
        model = guard(server.url, reports)
        outcomes = ask(model)
        model.close()

    assert outcomes == ["answered", "answered", "refused", "answered"]
    assert [call.tickets for call in reports.calls] == [4, 2, 2, 1, 1]


def scored(confidence_of: Callable[[int], float]) -> "Script":
    """A model whose confidence depends on the number in the ticket's subject."""

    def script(asked: Asked, door: Door) -> None:
        predictions = [
            {"id": each["id"], "labels": [{"category": "billing", "confidence": confidence_of(int(each["subject"]))}]}
            for each in asked.tickets
        ]
        door.reply(json.dumps({"model": "m1", "predictions": predictions}).encode())

    return script


def of_256(server_script: "Script") -> "tuple[list[ModelOutcome], int, Reports]":
    """The outcomes of 256 tickets in batches of 32, how many calls they took, and what was reported."""
    reports = Reports()
    numbered = [ModelTicket(str(number), "text") for number in range(256)]
    with serve(server_script) as server:
        model = guard(server.url, reports)
        outcomes = [
            reply.outcome
            for first in range(0, 256, 32)
            for reply in model.ask(numbered[first : first + 32], time.monotonic() + 60)
        ]
        model.close()
    return outcomes, len(server.asked), reports


@pytest.mark.parametrize("every", [256, 16, 4])
@pytest.mark.parametrize("confidence", [1.00000536, -1e-9])
def test_rounding_costs_no_call(every: int, confidence: float) -> None:
    """One answer in 256, 16 or 4 is a little out of range: eight calls bring all answers, as if none were."""
    outcomes, calls, reports = of_256(scored(lambda number: 0.9 if number % every else confidence))

    assert (outcomes, calls, reports.changes) == (["answered"] * 256, 8, [])


@pytest.mark.parametrize(("every", "most_calls"), [(256, 8 + 3), (16, 8 + 3 * 16)])
@pytest.mark.parametrize("confidence", [1.5, float("nan")])
def test_a_garbled_answer_costs_its_own_tries_and_no_others(every: int, most_calls: int, confidence: float) -> None:
    """NaN too, which is not even JSON: the others are answered by the first call, and the breaker stays closed."""
    outcomes, calls, reports = of_256(scored(lambda number: 0.9 if number % every else confidence))

    assert outcomes == ["answered" if number % every else "garbled" for number in range(256)]
    assert calls <= most_calls
    assert reports.changes == []


def test_a_hanging_model_costs_no_more_than_the_deadline() -> None:
    """At the deadline the call ends, even if tries are left."""
    reports = Reports()
    with serve(lambda _asked, door: door.hang()) as server:
        model = guard(server.url, reports, timeout_s=0.2)
        began = time.monotonic()
        outcomes = ask(model, within_s=0.5)
        took_s = time.monotonic() - began
        model.close()

    assert set(outcomes) <= {"deadline", "timeout"}
    assert took_s < 2.0


@pytest.mark.parametrize("calls", ["pausing", "hanging"])
def test_closing_ends_what_is_under_way(calls: str) -> None:
    """Shutdown within a moment, whether the calls pause between tries or wait for an answer."""
    reports = Reports()

    def script(_asked: Asked, door: Door) -> None:
        if calls == "hanging":
            door.hang()
        door.reply(b"", 503, "Retry-After: 20\r\n")

    with serve(script) as server, ThreadPoolExecutor(4) as pool:
        model = guard(server.url, reports, timeout_s=30.0)
        asking = [pool.submit(ask, model, 60.0) for _ in range(4)]
        until(lambda: len(server.asked) == 4)
        began = time.monotonic()
        model.close()
        outcomes = [call.result() for call in asking]

    assert outcomes == [["breaker_open"] * 4] * 4
    assert time.monotonic() - began < 5.0
    assert reports.changes == []


def test_no_log_line_holds_a_ticket_or_a_secret() -> None:
    """Errors of every kind are logged by name and number only."""
    reports = Reports()
    with capture_logs() as logs:
        for status in (401, 422, 500, 302):

            def script(_asked: Asked, door: Door, status: int = status) -> None:
                door.reply(b"canary body", status)

            with serve(script) as server:
                model = guard(server.url.replace("://", "://ana:canary-password@"), reports, threshold=1)
                ask(model)
                model.close()

    assert {line["event"] for line in logs} == {"model.denied", "model.call_failed", "breaker.opened"}
    assert "canary" not in str(logs)
