"""How many calls an endpoint takes: what its headers say, and whether a call may be made now.

Everything here is a pure decision; times are seconds since 1970. The headers are those of OpenAI
(`x-ratelimit-remaining-requests`, `x-ratelimit-reset-tokens`), which Azure OpenAI, LiteLLM and others send too, and
those of Anthropic. The reset is a length of time (`1s`, `6m0s`, `20ms`), seconds, a moment since 1970, or a date.

Some limits are windows, after which all is there again; others, such as OpenAI's, are buckets that fill bit by bit. The
headers do not say which. A limit counts as a window, whose end a call waits for, unless limit, rest and reset agree
with a bucket that fills within a minute.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from classifier.llm.types import Refusal
from serving.retry_after import parse_retry_after

MINUTE_S: Final = 60.0
LONGEST_WAIT_S: Final = 3600.0
"""No header silences an endpoint for longer, for some are mistaken. After it, a reply says it again."""
LEAST_WAIT_S: Final = 1.0
"""The least time that a refusal names. It is also how long nothing is left where no header says when more will be."""

_PREFIXES: Final = ("x-ratelimit-", "anthropic-ratelimit-", "ratelimit-")
_NUMBER: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,20})?")
_PARTS: Final = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,20})?)(ns|us|µs|μs|ms|s|m|h|d)")
_UNIT_S: Final = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
}
# A plain number that large is no length of time: seconds since 1970 from 2001 on, or milliseconds.
_EPOCH_S: Final = 1e9
_EPOCH_MS: Final = 1e12
# Headers are rounded, to seconds at worst.
_TOLERANCE: Final = 0.05


class Left(NamedTuple):
    """How many requests or tokens an endpoint still takes, and until when that is known."""

    number: float
    """At `since_unix_s`."""
    since_unix_s: float
    until_unix_s: float
    """When all of the limit is there again."""
    per_s: float = 0.0
    """How many come back each second; 0 where all of them come back at once."""

    def wait_s(self, needed: float, unix_s: float) -> float:
        """Seconds until so many are there; 0 or less when they are, or when nothing is known any more."""
        whole_s = self.until_unix_s - unix_s
        missing = needed - self.number - self.per_s * (unix_s - self.since_unix_s)
        if missing <= 0 or not self.per_s:
            return whole_s if missing > 0 else 0.0
        return min(whole_s, missing / self.per_s)


class Standing(NamedTuple):
    """What is known of an endpoint's limits; None where it says nothing."""

    requests: Left | None = None
    tokens: Left | None = None
    not_before_unix_s: float = 0.0
    """When the endpoint wants to be asked again: its Retry-After."""


class Window(NamedTuple):
    """Our own limit: calls of the last 60 seconds."""

    calls: int
    oldest_unix_s: float
    """Of the oldest one: when it has left the window, another one may be made."""


def read_standing(headers: Mapping[str, str], unix_s: float) -> Standing:
    """What the headers of a reply say. Nothing in them raises: what cannot be read says nothing."""
    lowered = {str(name).lower(): str(value) for name, value in headers.items()}
    wait_s = _retry_after_s(lowered, unix_s)
    return Standing(
        _left(lowered, ("requests", ""), unix_s),
        _left(lowered, ("tokens",), unix_s),
        0.0 if wait_s is None else unix_s + min(wait_s, LONGEST_WAIT_S),
    )


def after_reply(known: Standing, said: Standing, open_calls: int, open_tokens: int) -> Standing:
    """What is known after a reply.

    Calls that are under way may have been counted by the endpoint already, or not: they are taken off, so that replies
    that come out of order promise nothing that is not there.

    Args:
        known: before the reply.
        said: by its headers.
        open_calls: other calls of this endpoint and model that are under way, of all processes.
        open_tokens: what these may take.
    """
    return Standing(
        _less(_proven(said.requests, known.requests), open_calls) or known.requests,
        _less(_proven(said.tokens, known.tokens), open_tokens) or known.tokens,
        max(known.not_before_unix_s, said.not_before_unix_s),
    )


def after_reserving(known: Standing, tokens: int) -> Standing:
    """What is known once a call is on its way."""
    return known._replace(requests=_less(known.requests, 1), tokens=_less(known.tokens, tokens))


def refusal(standing: Standing, tokens: int, unix_s: float) -> Refusal | None:
    """Why the endpoint would refuse a call now, and for how long; None when it would take it.

    Args:
        standing: what is known.
        tokens: at most, of the call.
        unix_s: now.
    """
    waits_s = [standing.not_before_unix_s - unix_s]
    if standing.requests:
        waits_s.append(standing.requests.wait_s(1, unix_s))
    if standing.tokens:
        waits_s.append(standing.tokens.wait_s(tokens, unix_s))
    # No header was written that far ahead: the clock has been set back since.
    wait_s = max((wait_s for wait_s in waits_s if wait_s <= LONGEST_WAIT_S + LEAST_WAIT_S), default=0.0)
    return Refusal("rate_limited", wait_s) if wait_s > 0 else None


def own_refusal(window: Window, max_calls_per_minute: int, unix_s: float) -> Refusal | None:
    """Why our own limit of calls per minute forbids a call now; 0 is no limit."""
    if not max_calls_per_minute or window.calls < max_calls_per_minute:
        return None
    wait_s = window.oldest_unix_s + MINUTE_S - unix_s
    return Refusal("calls_per_minute", min(max(wait_s, 0.001), MINUTE_S))


def parse_reset(text: str, unix_s: float) -> float | None:
    """Read the time of a reset as seconds from now, never negative; None when it has no known form.

    Args:
        text: `1s`, `6m0s`, `20ms`, `1h2m3.5s`; seconds; seconds or milliseconds since 1970; RFC 3339; an HTTP-date.
        unix_s: now.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        number = float(text)
        moment_s = number / 1000 if number >= _EPOCH_MS else number
        return max(0.0, moment_s - unix_s) if number >= _EPOCH_S else number
    if text and not _PARTS.sub("", text):
        return math.fsum(float(number) * _UNIT_S[unit] for number, unit in _PARTS.findall(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return parse_retry_after(text, unix_s)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return max(0.0, aware.timestamp() - unix_s)
    except OverflowError:
        return None


def _left(headers: Mapping[str, str], kinds: Sequence[str], unix_s: float) -> Left | None:
    for kind in kinds:
        for prefix in _PREFIXES:
            limit, remaining, reset = _names(prefix, kind)
            number = _number(headers.get(remaining, ""))
            # Azure writes -1 where it does not know.
            if number is not None:
                reset_s = parse_reset(headers.get(reset, ""), unix_s)
                wait_s = LEAST_WAIT_S if reset_s is None else min(reset_s, LONGEST_WAIT_S)
                per_s = _per_s(_number(headers.get(limit, "")), number, wait_s)
                return Left(number, unix_s, unix_s + wait_s, per_s)
    return None


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text := text.strip()) else None


def _per_s(limit: float | None, number: float, reset_s: float) -> float:
    """How many come back each second, where the reset is as far away as a bucket of a minute takes to be full."""
    if not limit or number >= limit:
        return 0.0
    full_s = (limit - number) / limit * MINUTE_S
    return limit / MINUTE_S if abs(reset_s - full_s) <= _TOLERANCE * full_s else 0.0


def _names(prefix: str, kind: str) -> tuple[str, ...]:
    if prefix == "anthropic-ratelimit-":
        return tuple(f"{prefix}{kind}-{which}" for which in ("limit", "remaining", "reset"))
    return tuple(f"{prefix}{which}-{kind}".rstrip("-") for which in ("limit", "remaining", "reset"))


def _retry_after_s(headers: Mapping[str, str], unix_s: float) -> float | None:
    # OpenAI's and Azure's header is the exact one of the two.
    milliseconds = headers.get("retry-after-ms", "").strip()
    if _NUMBER.fullmatch(milliseconds):
        return float(milliseconds) / 1000
    return parse_retry_after(headers["retry-after"], unix_s) if "retry-after" in headers else None


def _less(left: Left | None, number: float) -> Left | None:
    return left and left._replace(number=left.number - number)


def _proven(said: Left | None, known: Left | None) -> Left | None:
    """A window that was used up at once looks like an empty bucket: only what was seen to be one before is one."""
    is_doubtful = said is not None and said.number < 1 and not (known and known.per_s)
    return said._replace(per_s=0.0) if said and is_doubtful else said
