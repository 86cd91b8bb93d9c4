"""Failures in the words of the model's HTTP contract. Pure; a failure never holds a word of the endpoint's message."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from classifier.llm.chat.answer import Fault
from classifier.llm.chat.endpoint import Answer, Unanswered
from classifier.llm.chat.takes import Refused, refused
from classifier.llm.types import Refusal, Usage
from serving.retry_after import parse_retry_after

NO_VALID_ANSWER = 502
OUT_OF_MONEY_S = 300.0
"""A pause for an account without credit, which no Retry-After explains."""
_MOST_WAIT_S = 86_400.0
_DENIED = frozenset({401, 403, 404, 405, 410})
_WAIT = frozenset({408, 409, 425})


class Failure(NamedTuple):
    """No answer for this ticket.

    Attributes:
        status: Of the contract: 401, 403, 404 (no request can succeed), 422 (this ticket is refused), 429, 502 (no
            valid answer), 503.
        code: A short word for the cause.
        retry_after_s: For a 429 or 503.
        usage: Of all calls that were made for this ticket.
        was_sent: Whether a call was made.
    """

    status: int
    code: str
    retry_after_s: float | None = None
    usage: Usage = Usage()
    calls: int = 0
    was_sent: bool = True


class HttpError(NamedTuple):
    """An error that may be due to one part of the request."""

    status: int
    refused: Refused
    retry_after_s: float | None = None


def of_refusal(refusal: Refusal) -> Failure:
    """No call may be made now."""
    return Failure(429, refusal.reason, refusal.retry_after_s, was_sent=False)


def unanswered(answer: Unanswered) -> Failure:
    """There is no answer."""
    codes = {"unreachable": "endpoint_unreachable", "cut": "connection_cut", "timeout": "endpoint_timeout"}
    return Failure(503, codes[answer.outcome])


def http_error(answer: Answer, now: datetime) -> HttpError | Failure:
    """What a status other than 200 means."""
    status, said = answer.status, refused(answer.body)
    retry_after_s = _retry_after_s(answer.headers, now)
    if status == 402 or (status == 429 and said.code == "insufficient_quota"):
        return Failure(429, "payment_required", OUT_OF_MONEY_S if retry_after_s is None else retry_after_s)
    if status == 429:
        return Failure(429, "rate_limited", retry_after_s)
    # A redirect is not followed: that would send key and ticket to another address.
    return Failure(404, "redirected") if status < 400 else HttpError(status, said, retry_after_s)


def failed(cause: HttpError | Fault, *, is_proven: bool) -> Failure:
    """The failure of a ticket, where nothing more can be tried.

    Args:
        cause: Of its last call.
        is_proven: Whether the endpoint ever answered another request. If it did not, this ticket is not to blame.
    """
    if isinstance(cause, Fault):
        return Failure(422 if cause.code == "content_filter" else NO_VALID_ANSWER, cause.code)
    status, said = cause.status, cause.refused
    if said.is_filtered:
        return Failure(422, "content_filter")
    if said.is_too_long:
        # Even a short text does not fit, so the prefix is too long for the model: this concerns all tickets.
        return Failure(503, "prompt_too_long")
    if status in _DENIED:
        return Failure(status if status < 405 else 404, "denied")
    if status >= 500 or status in _WAIT:
        return Failure(503, "endpoint_failed", cause.retry_after_s)
    return Failure(422, "ticket_refused") if is_proven else Failure(503, "request_refused")


def _retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    exact_ms = headers.get("retry-after-ms", "").strip()
    if exact_ms.isascii() and exact_ms.isdigit():
        return min(int(exact_ms[:12]) / 1000, _MOST_WAIT_S)
    wait_s = parse_retry_after(headers.get("retry-after", ""), now.timestamp())
    return None if wait_s is None else min(wait_s, _MOST_WAIT_S)


_SENTENCES = {
    "budget_spent": "the day's budget is spent; raise LLM_BUDGET_PER_DAY, or wait for the next day (UTC)",
    "calls_per_minute": "LLM_MAX_CALLS_PER_MINUTE is reached; wait, or raise it",
    "rate_limited": "the endpoint takes no more calls for now; wait, or set LLM_MAX_CALLS_PER_MINUTE to what it takes",
    "payment_required": "the account at the endpoint has no credit; add some",
    "denied": "the endpoint refuses every call; check LLM_API_KEY, LLM_API_URL and LLM_MODEL",
    "redirected": "the endpoint is elsewhere; write the address that it redirects to in LLM_API_URL",
    "endpoint_unreachable": "the endpoint was not reached; the log says why, and names the setting to change",
    "endpoint_failed": "the endpoint failed; look at its own status, and try again",
    "endpoint_timeout": "the endpoint took too long; raise LLM_TIMEOUT, and ML_API_TIMEOUT above it",
    "connection_cut": "the endpoint's answer was cut; try again",
    "prompt_too_long": "the prompt is longer than the model reads; take fewer LLM_EXAMPLES, or a model that reads more",
    "request_refused": "the endpoint refuses the request; check LLM_MODEL, and that it speaks chat completions",
    "content_filter": "the endpoint's content filter refuses this ticket",
    "ticket_refused": "the endpoint refuses this ticket, and takes others",
    "never_answered": "the model gave no valid answer to this ticket twice, and answers others",
    "refusal": "the model refuses to answer this ticket",
    "ledger_failed": "what calls cost cannot be written down, so none is made; the log names the file and the mend",
    "internal": "this server failed; see its log",
}


def sentence_of(code: str) -> str:
    """What a failure means and its mend, for people."""
    return _SENTENCES.get(code, "the model gave no valid answer, also when asked again; try another LLM_MODEL")
