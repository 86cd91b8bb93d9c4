"""What tokens cost: exact, in billionths of the currency."""

from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Final, NamedTuple

from classifier.llm.types import Usage

NANO: Final = 1_000_000_000
"""Billionths in one unit of the currency. Sums of whole numbers are exact; sums of floats drift."""
# A price for a million tokens, in billionths of the currency for one token.
_NANO_PER_TOKEN: Final = Decimal(1000)
# Above this a day's sum would leave the 64 bits of a whole number in the ledger.
_MOST_NANO: Final = 10**15
_MOST_TOKENS: Final = 10**9


class Prices(NamedTuple):
    """Prices per million tokens, in any one currency."""

    input: Decimal = Decimal(0)
    output: Decimal = Decimal(0)
    cached: Decimal | None = None
    """Of input tokens that came from the provider's cache; None: as all input tokens."""

    def cost_nano(self, usage: Usage) -> int:
        """What the tokens cost, in billionths of the currency, rounded up once for the call.

        A call is refused no cost by rounding: what is in the ledger is never less than what these prices come to.
        """
        tokens = counted(usage)
        cached_price = self.input if self.cached is None else self.cached
        per_million = (
            self.input * (tokens.input_tokens - tokens.cached_tokens)
            + cached_price * tokens.cached_tokens
            + self.output * tokens.output_tokens
        )
        return min(int((per_million * _NANO_PER_TOKEN).to_integral_value(ROUND_CEILING)), _MOST_NANO)

    def of(self, usage: Usage) -> Usage:
        """The usage with its cost."""
        return counted(usage)._replace(cost=currency(self.cost_nano(usage)))


def money(value: float | str | Decimal) -> Decimal:
    """An amount as it was written: 0.1 is one tenth.

    Raises:
        ValueError: it is negative, not finite, or above a million.
    """
    amount = Decimal(str(value))
    if not amount.is_finite() or not 0 <= amount <= 1_000_000:
        raise ValueError(f"{value} is no amount of money from 0 to 1000000")
    return amount


def nano(amount: Decimal) -> int:
    """An amount in billionths."""
    return int((amount * NANO).to_integral_value(ROUND_HALF_EVEN))


def currency(amount_nano: int) -> float:
    """Billionths as the nearest float, for JSON."""
    return amount_nano / NANO


def written(amount_nano: int) -> str:
    """Billionths for people and files, exactly: 0.00006 stands for 60,000 billionths."""
    whole, rest = divmod(amount_nano, NANO)
    digits = f"{rest:09d}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)


def counted(usage: Usage) -> Usage:
    """The usage with numbers that can be: an endpoint may write anything."""
    input_tokens = _bounded(usage.input_tokens)
    cached_tokens = min(_bounded(usage.cached_tokens), input_tokens)
    return usage._replace(
        input_tokens=input_tokens, cached_tokens=cached_tokens, output_tokens=_bounded(usage.output_tokens)
    )


def _bounded(tokens: int) -> int:
    return max(0, min(tokens, _MOST_TOKENS))
