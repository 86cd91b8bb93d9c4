"""What the parts of the LLM adapter hand to each other, and the port between asking and metering."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple, Protocol, TypeAlias

Source: TypeAlias = Literal["logprobs", "constant"]
"""Where a confidence comes from: log-probabilities of the answer's tokens, or nowhere."""


class Usage(NamedTuple):
    """Tokens and price of calls to the endpoint: of one, or of several added up."""

    input_tokens: int = 0
    """All of the prompt, cached ones included."""
    cached_tokens: int = 0
    """Of them, read from the provider's cache; 0 where the endpoint does not say."""
    output_tokens: int = 0
    cost: float = 0.0
    """In the currency of the prices; 0 without prices."""


class Choice(NamedTuple):
    """One label pair that the LLM may choose."""

    code: str
    """Short, meant as one token: A to Z, then AA."""
    category: str
    subcategory: str | None
    names: Mapping[str, str]
    """Language to name."""
    description: str = ""


class Refusal(NamedTuple):
    """Why no call may be made now."""

    reason: str
    """budget_spent, calls_per_minute or rate_limited."""
    retry_after_s: float


class Meter(Protocol):
    """One call to the endpoint is one `reserve` and one `settle`; repairs and step-downs are calls of their own.

    A reservation that was never settled counts at its estimate, so that a budget holds over any death.
    """

    def reserve(
        self, prompt_tokens_at_most: int, now: datetime, output_tokens_at_most: int | None = None
    ) -> int | Refusal:
        """Write down, durably and before the call, what it may cost at most; the number is the reservation's."""
        ...

    def settle(
        self, reservation: int, usage: Usage | None, outcome: str, headers: Mapping[str, str], now: datetime
    ) -> Usage:
        """Replace the reservation by what the endpoint counted, and return that with its cost.

        `usage` is None where the endpoint said nothing: the estimate stays if a charge is possible, and is 0 if the
        endpoint refused before it worked (401, 429, no connection).

        Args:
            reservation: Its number.
            usage: As the endpoint counted it.
            outcome: `answered`, `invalid` (200 without an answer), `http_429` and the like, `unreachable` (no
                connection), `cut`, `timeout`.
            headers: Of the reply, with names in small letters.
            now: When the call ended.
        """
        ...
