"""What the report on costs says is what an addition by hand says, and no call is counted twice."""

import datetime as dt
import random
from collections import Counter, defaultdict
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.clickhouse.client import Client
from analytics.reports.cost import NO_MODEL, NO_TICKET, cost, whole_numbers
from analytics.reports.question import Question
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from tests.support.stored_events import NOON_MS, categorized, operation

_START = dt.datetime.fromtimestamp(NOON_MS / 1000, dt.UTC)
_DAY_MS = 86_400_000


def call(number: int, *, at_ms: int = NOON_MS, **changed: Any) -> Row:
    """A call, by the number in its id."""
    return operation(offset=number, event_id=str(UUID(int=number)), started_at=at_ms * 1000, **changed)


def answer(offset: int, number: int | None, **changed: Any) -> Row:
    """An answer of the call with this number; None is of no call."""
    call_id = None if number is None else UUID(int=number).hex
    return categorized(f"T-{offset}", offset, model_call_id=call_id, **changed)


@given(st.lists(st.floats(0, 1e6)))
def test_whole_numbers_add_up_to_the_whole(parts: list[float]) -> None:
    """No part moves by one or more, and the sum is the sum."""
    rounded = whole_numbers(parts)

    assert sum(rounded) == round(sum(parts)) or abs(sum(parts) % 1 - 0.5) < 1e-6
    assert all(abs(number - part) < 1 for number, part in zip(rounded, parts, strict=True))


def test_costs_equal_an_addition_by_hand(client: Client) -> None:
    """Batches of several categories, failed calls, calls without tickets, cached answers, everything written twice."""
    random_ = random.Random(27)
    rows: list[Row] = []
    sums: Counter[str] = Counter()
    by_category: dict[str, float] = defaultdict(float)
    by_day: dict[str, int] = defaultdict(int)
    offset = 0
    for number in range(120):
        at_ms = NOON_MS + random_.randrange(3) * _DAY_MS
        given_tokens = random_.randrange(1000)
        told = {"input_tokens": given_tokens, "cached_tokens": given_tokens // 3, "output_tokens": number}
        price = random_.randrange(1, 10**6) / 1e9
        outcome = random_.choice(["answered", "answered", "garbled"])
        attempts = random_.randrange(1, 4)
        rows.append(call(number, at_ms=at_ms, outcome=outcome, attempts=attempts, cost=price, **told))
        categories = random_.choices(["billing", "cards", "account"], k=random_.randrange(4))
        for category in categories:
            provisional = outcome == "garbled"
            rows.append(answer(offset, number, at_ms=at_ms, category=category, provisional=provisional))
            offset += 1
        answered = categories if outcome == "answered" else []
        for category in answered:
            by_category[category] += price / len(answered)
        by_category[NO_TICKET] += 0 if answered else price
        by_day[str(dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC).date())] += given_tokens
        sums += Counter(told) + Counter({"calls": 1, "retries": attempts - 1, "nano": round(price * 1e9)})
    rows += [answer(offset + extra, None, method="CACHE", category="cards") for extra in range(10)]
    RowWriter(client).write(rows)
    RowWriter(client).write(rows[:100])

    found = cost(client, Question(_START))

    assert found.all.tickets == offset + 10
    assert {spent.name: spent.cost for spent in found.categories} == pytest.approx(by_category, abs=2e-9)
    assert {spent.name: spent.input_tokens for spent in found.days} == by_day
    assert found.all.cost == pytest.approx(sums["nano"] / 1e9)
    for column in ("calls", "retries", "input_tokens", "cached_tokens", "output_tokens"):
        for groups in (found.days, found.models, found.categories):
            assert sum(getattr(spent, column) for spent in groups) == sums[column], column
    assert sum(round(spent.cost * 1e9) for spent in found.categories) == sums["nano"]
    cards = next(spent for spent in found.categories if spent.name == "cards")
    assert cards.tickets > cards.asked > 0
    assert cards.cost_per_1000_tickets == pytest.approx(cards.cost * 1000 / cards.tickets)
    assert found.categories[-1].name == NO_TICKET


def test_a_healed_ticket_counts_once_and_pays_for_both_calls(client: Client) -> None:
    """The call that failed is nobody's; the ticket counts under the category of its last answer."""
    given_up = answer(0, 1, provisional=True, model=None, method="RULES", category="other")
    healed = answer(0, 2, revision=1, at_ms=NOON_MS + 60_000)
    RowWriter(client).write([call(1, outcome="timeout", cost=0.25), call(2, cost=0.5), given_up, healed])

    found = cost(client, Question(_START))

    assert [(spent.name, spent.tickets, spent.asked, spent.cost) for spent in found.categories] == [
        ("billing", 1, 1, 0.5),
        (NO_TICKET, 0, 0, 0.25),
    ]
    assert found.all.cost_per_1000_tickets == 750


def test_labels_of_today_and_answers_without_a_model(client: Client) -> None:
    """A renamed category is its later name; tickets that the rules answered alone have no model and cost nothing."""
    ruled = answer(1, None, model=None, method="RULES", category="payments")
    RowWriter(client).write([call(1, cost=0.5), answer(0, 1), ruled])

    found = cost(client, Question(_START, renamed={"billing": "payments"}))

    assert [(spent.name, spent.tickets, spent.cost) for spent in found.categories] == [("payments", 2, 0.5)]
    assert [(spent.name, spent.tickets, spent.cost) for spent in found.models] == [
        ("tickets-1", 1, 0.5),
        (NO_MODEL, 1, 0.0),
    ]


def test_calls_that_tell_nothing_are_said_to(client: Client) -> None:
    """Where none tells its cost the report is empty; where some do, it says how many do not."""
    silent: dict[str, Any] = {"input_tokens": None, "cached_tokens": None, "output_tokens": None, "cost": None}
    RowWriter(client).write([call(1, **silent), answer(0, 1)])
    assert cost(client, Question(_START)).report().empty

    RowWriter(client).write([call(2, cost=0.0), answer(1, 2)])

    report = cost(client, Question(_START)).report()
    assert (report.facts["calls"], report.facts["calls_without_usage"]) == (2, 1)
    assert report.notes[0] == "1 of 2 calls told nothing of their cost; it is missing here."
    assert "LLM_PRICE_INPUT" in report.notes[1]
