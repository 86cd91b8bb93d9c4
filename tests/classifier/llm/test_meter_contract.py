"""The port between asking and metering: the meter on a ledger, and the one of the tests, keep to the same."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from classifier.llm.metering import LedgerMeter
from classifier.llm.prices import Prices, money
from classifier.llm.types import Meter, Usage
from tests.classifier.llm.parts import PRICE_INPUT, PRICE_OUTPUT, MemoryMeter

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
MILLION = 1_000_000


@pytest.fixture(params=["memory", "ledger"])
def meter(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Meter]:
    if request.param == "memory":
        yield MemoryMeter()
        return
    prices = Prices(money(PRICE_INPUT * MILLION), money(PRICE_OUTPUT * MILLION))
    made = LedgerMeter(tmp_path / "ledger.sqlite", "http://llm.test/v1", "m", prices, 64)
    yield made
    made.close()


def reserved(meter: Meter, tokens: int = 100, output: int = 10) -> int:
    number = meter.reserve(tokens, NOW, output)
    assert isinstance(number, int)
    return number


def test_numbers_of_reservations_are_given_once(meter: Meter) -> None:
    """Also to threads that reserve at the same time."""
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda _: reserved(meter), range(40)))

    assert len(set(numbers)) == 40


def test_what_the_endpoint_counted_gets_its_cost(meter: Meter) -> None:
    """Prices times tokens."""
    usage = meter.settle(reserved(meter), Usage(90, 0, 3), "answered", {}, NOW)

    assert usage[:3] == (90, 0, 3)
    assert usage.cost == pytest.approx(90 * PRICE_INPUT + 3 * PRICE_OUTPUT)


@pytest.mark.parametrize("outcome", ["timeout", "cut", "answered", "invalid", "http_400", "http_502", "http_504"])
def test_an_unknown_usage_counts_at_its_estimate(meter: Meter, outcome: str) -> None:
    """Where a charge is possible."""
    usage = meter.settle(reserved(meter, 100, 10), None, outcome, {}, NOW)

    assert (usage.input_tokens, usage.output_tokens) == (100, 10)
    assert usage.cost > 0


@pytest.mark.parametrize("outcome", ["unreachable", "http_401", "http_403", "http_404", "http_429"])
def test_an_endpoint_that_refused_before_it_worked_charges_nothing(meter: Meter, outcome: str) -> None:
    """No usage, no cost."""
    assert meter.settle(reserved(meter), None, outcome, {}, NOW) == Usage()


def test_a_usage_of_nothing_costs_nothing(meter: Meter) -> None:
    """An endpoint that failed for reasons of its own."""
    assert meter.settle(reserved(meter), Usage(), "http_500", {"retry-after": "0"}, NOW) == Usage()
