"""What each call costs and whether it may be made: budget, calls per minute, and the endpoint's own limits."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import structlog

from classifier.llm import limits
from classifier.llm.ledger import Account, Estimate, Ledger, LedgerError, Reserved, Settled, Situation
from classifier.llm.prices import Prices, currency
from classifier.llm.types import Refusal, Usage

UNREACHABLE: Final = "unreachable"
"""The outcome of a call for which there was no connection: the endpoint has seen nothing of it."""

_LONGEST_BUDGET_WAIT_S: Final = 300.0
_STATUS: Final = re.compile(r"(?:http_?)?([1-5][0-9][0-9])", re.IGNORECASE)
# Refusals before any work. Not 400 and 408: Azure OpenAI charges for prompts that its filter refuses and for calls that
# take too long. Nor 5xx: a gateway may fail after the model has worked.
_WITHOUT_WORK: Final = frozenset({401, 402, 403, 404, 405, 406, 407, 409, 411, 413, 414, 415, 421, 422, 426, 429, 431})

log = structlog.get_logger("llm")


class Bounds(NamedTuple):
    """What may be spent and asked."""

    budget_per_day_nano: int = 0
    """Of all calls in the ledger on one UTC day; 0 is no limit."""
    max_calls_per_minute: int = 0
    """Of this endpoint and model, by all processes with this ledger; 0 is no limit."""


UNBOUNDED: Final = Bounds()


class LedgerMeter:
    """The `Meter` of one endpoint and model, on one ledger. Several threads may use it.

    A call whose outcome is `unreachable`, or an HTTP status by which endpoints refuse before they work (`401`,
    `http_429`), costs nothing. Where the endpoint said nothing else, the call counts at its estimate.

    Args:
        path: of the ledger.
        endpoint: its address; user, password and query are left out of the ledger.
        model: as the endpoint names it.
        prices: of tokens.
        output_tokens_at_most: that one call may be answered with, unless a reservation says so itself.
        bounds: what may be spent and asked.

    Raises:
        LedgerError: the ledger cannot be opened or written.
    """

    def __init__(
        self,
        path: Path,
        endpoint: str,
        model: str,
        prices: Prices,
        output_tokens_at_most: int,
        bounds: Bounds = UNBOUNDED,
    ) -> None:
        self.ledger = Ledger(path)
        self._account = Account(public_address(endpoint), model)
        self._prices = prices
        self._output_tokens = output_tokens_at_most
        self._bounds = bounds
        self._open: dict[int, Estimate] = {}

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()

    def reserve(
        self, prompt_tokens_at_most: int, now: datetime, output_tokens_at_most: int | None = None
    ) -> int | Refusal:
        """Write down, durably and before the call, what it may cost at most.

        Raises:
            LedgerError: it was not written: make no call.
        """
        output_tokens = self._output_tokens if output_tokens_at_most is None else output_tokens_at_most
        tokens = Usage(prompt_tokens_at_most, 0, output_tokens)
        # A cached token may cost more than another one, where a provider charges for writing its cache.
        cost_nano = max(
            self._prices.cost_nano(tokens), self._prices.cost_nano(tokens._replace(cached_tokens=prompt_tokens_at_most))
        )
        estimate = Estimate(prompt_tokens_at_most, output_tokens, cost_nano)
        found = self.ledger.reserve(
            self._account, estimate, now, lambda situation: self._decide(situation, tokens, now)
        )
        if isinstance(found, Reserved):
            self._open[found.number] = found.estimate
            return found.number
        return found

    def settle(
        self, reservation: int, usage: Usage | None, outcome: str, headers: Mapping[str, str], now: datetime
    ) -> Usage:
        """Put what the endpoint counted in the place of the estimate, and return it with its cost.

        A ledger that cannot be written now is told in the log: the answer is there and paid. The next `reserve` writes
        it, or raises.
        """
        estimate = self._open.pop(reservation, Estimate(0, 0, 0))
        if usage is not None:
            counted = self._prices.of(usage)
            settled = Settled(*counted[:3], self._prices.cost_nano(usage))
        elif is_without_work(outcome):
            settled, counted = Settled(refused=True), Usage()
        else:
            settled = Settled(unknown=True)
            counted = Usage(estimate.input_tokens, 0, estimate.output_tokens, currency(estimate.cost_nano))
        try:
            self.ledger.settle(reservation, settled, limits.read_standing(headers, now.timestamp()), now)
        except LedgerError as error:
            log.warning("llm.ledger_unwritten", problem=str(error), action="kept, and written with the next call")
        return counted

    def _decide(self, situation: Situation, tokens: Usage, now: datetime) -> Refusal | None:
        unix_s = now.timestamp()
        return (
            budget_refusal(situation, self._bounds.budget_per_day_nano, now)
            or limits.refusal(situation.standing, tokens.input_tokens + tokens.output_tokens, unix_s)
            or limits.own_refusal(situation.window, self._bounds.max_calls_per_minute, unix_s)
        )


def budget_refusal(situation: Situation, budget_nano: int, now: datetime) -> Refusal | None:
    """Why the day's budget forbids a call; None when it leaves room, or is 0, which is no limit.

    The wait is that for the next UTC day, and five minutes at most: a budget that is lifted is noticed that soon, and
    being asked in vain until then costs nothing.
    """
    if not budget_nano or situation.spent_nano + situation.cost_nano <= budget_nano:
        return None
    today = now.astimezone(UTC)
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC) + timedelta(days=1)
    left_s = math.ceil((midnight - today).total_seconds())
    return Refusal("budget_spent", min(float(left_s), _LONGEST_BUDGET_WAIT_S))


def is_without_work(outcome: str) -> bool:
    """Whether an endpoint that counted nothing cannot have worked: there is no charge."""
    status = _STATUS.fullmatch(outcome)
    return outcome == UNREACHABLE or (status is not None and int(status[1]) in _WITHOUT_WORK)


def public_address(url: str) -> str:
    """An endpoint's address without user, password, query and fragment: none of its secrets."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/")
