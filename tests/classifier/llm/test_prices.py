"""What tokens cost."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.llm.prices import NANO, Prices, money, nano, written
from classifier.llm.types import Usage

PRICES = Prices(money(0.15), money("0.60"), money("0.075"))
prices = st.decimals(0, 1000, places=6)
tokens = st.integers(0, 10**8)


def test_cached_tokens_have_their_own_price() -> None:
    """346 tokens of a prompt, 256 of them from the cache, and one of the answer, by an example price list."""
    cost_nano = PRICES.cost_nano(Usage(346, 256, 1))

    assert cost_nano == 90 * 150 + 256 * 75 + 600
    assert PRICES.of(Usage(346, 256, 1)).cost == pytest.approx(33.3e-6, abs=1e-15)


def test_cached_tokens_cost_as_all_others_without_a_price_of_their_own() -> None:
    assert Prices(money(1)).cost_nano(Usage(100, 60, 0)) == 100_000


@given(prices, prices, prices, tokens, tokens, tokens)
def test_a_cost_is_exact_to_a_billionth_and_never_too_low(
    input_price: Decimal, output_price: Decimal, cached_price: Decimal, input_: int, cached: int, output: int
) -> None:
    """Compared with fractions, which know no rounding."""
    cached = min(cached, input_)
    exact = (
        Fraction(input_price) * (input_ - cached) + Fraction(cached_price) * cached + Fraction(output_price) * output
    ) * 1000

    cost_nano = Prices(input_price, output_price, cached_price).cost_nano(Usage(input_, cached, output))

    assert 0 <= cost_nano - exact < 1


@given(st.integers(), st.integers(), st.integers())
def test_whatever_an_endpoint_counts_the_cost_is_a_number_that_the_ledger_holds(
    input_: int, cached: int, output: int
) -> None:
    usage = PRICES.of(Usage(input_, cached, output))

    assert 0 <= PRICES.cost_nano(Usage(input_, cached, output)) < 2**63
    assert 0 <= usage.cached_tokens <= usage.input_tokens < 2**63


@pytest.mark.parametrize("value", ["-0.01", "nan", "inf", "1000001", -1, float("nan")])
def test_an_amount_that_is_none_is_refused(value: float | str) -> None:
    with pytest.raises(ValueError, match="amount of money"):
        money(value)


@given(st.integers(0, 10**16))
def test_an_amount_is_written_exactly(amount: int) -> None:
    assert int(Decimal(written(amount)) * NANO) == amount == nano(Decimal(written(amount)))
