"""What the parts of the LLM adapter hand to each other, and the port between asking and metering."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple, Protocol, TypeAlias

Source: TypeAlias = Literal["logprobs", "constant"]
"""Where a confidence comes from: log-probabilities of the answer's tokens, or nowhere."""

CallOutcome: TypeAlias = Literal[
    "answered", "invalid", "refused", "denied", "rate_limited", "no_connection", "failed", "cut", "timeout"
]
"""How one call to the endpoint ended: with a code; with 200 and no code; with another 4xx; with 401, 403, 404 or a
redirect; with 429; without a connection; with 500 or 503; in the middle, or with 502 or 504; not in time."""
UNCHARGED: frozenset[CallOutcome] = frozenset({"refused", "denied", "rate_limited", "no_connection", "failed"})
"""What no endpoint charges for: it did no work. After the others, a call of unknown usage may have been charged."""


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

    def reserve(self, prompt_tokens_at_most: int, now: datetime) -> int | Refusal:
        """Write down, durably and before the call, what it may cost at most; the number is the reservation's."""
        ...

    def settle(
        self, reservation: int, usage: Usage | None, outcome: CallOutcome, headers: Mapping[str, str], now: datetime
    ) -> Usage:
        """Replace the reservation by what the endpoint counted, and return that with its cost.

        `usage` is None where the endpoint said nothing: the estimate then stays if a charge is possible, and nothing
        is counted if the outcome is one of UNCHARGED. `headers` are the reply's, with names in small letters.
        """
        ...
