"""Asks an endpoint for the category of one ticket: calls, steps down and one repair, until an answer or a failure."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from classifier.llm import prompt
from classifier.llm.chat.answer import Fault, Found, Read, read_answer
from classifier.llm.chat.confidence import over_codes
from classifier.llm.chat.endpoint import Answer, Unanswered
from classifier.llm.chat.failures import NO_VALID_ANSWER, Failure, HttpError, failed, http_error, of_refusal, unanswered
from classifier.llm.chat.remembered import Remembered
from classifier.llm.chat.takes import Takes, blindly_below, request_body, with_more_room, without
from classifier.llm.ledger import LedgerError
from classifier.llm.stubborn import Stubborn
from classifier.llm.types import Choice, Meter, Refusal, Source, Usage

CONSTANT = 0.7
"""The confidence of an answer without log-probabilities. It says nothing until it is calibrated.

It is above the default of `MIN_CONFIDENCE`: below it, the keywords of the rules would overrule the LLM.
"""
MOST_CALLS = 12
"""For one ticket: all steps down, one repair, one shorter text."""
_SHORTER = 4
# Providers charge for answers, not for errors. But a gateway may fail after the model has worked, a call may take too
# long, and Azure charges for a prompt that its filter has read.
_WORKED = frozenset({408, 502, 504})
# Beyond the texts: the names of roles and fields, as templates write them.
_FRAME_TOKENS = 100


class Asked(NamedTuple):
    """An answer.

    Attributes:
        probabilities: Of the choices, the best first, not calibrated. With a constant confidence it is the chosen one
            alone.
        usage: Of all calls that were made for this ticket.
    """

    probabilities: tuple[tuple[Choice, float], ...]
    source: Source
    usage: Usage
    calls: int


class CallMade(NamedTuple):
    """One call, for logs and metrics.

    Attributes:
        outcome: As for `Meter.settle`; `unwritten` where the ledger failed, so that no call was made.
        code: A short word of ours or of the endpoint's, never its message.
        detail: Of the way to the endpoint, with its mend.
    """

    outcome: str
    code: str
    usage: Usage
    duration_s: float
    detail: str = ""


class EndpointPort(Protocol):
    """As `classifier.llm.chat.endpoint.Endpoint`."""

    def ask(self, body: dict[str, object], within_s: float) -> Answer | Unanswered: ...

    def close(self) -> None: ...


class _Plan(NamedTuple):
    """The next call for a ticket."""

    takes: Takes
    most_chars: int
    again: bool = False
    is_shortened: bool = False


class Asker:
    """Asks about tickets. Thread-safe, if its parts are.

    Args:
        endpoint: Where to ask.
        model: By its name there.
        choices: What may be answered; at least two.
        prefix: Of the prompt.
        meter: Reserves and counts every call.
        most_chars: Of a ticket's text.
        on_call: Is told of each call.
        on_step: Is told when another way of asking was found to be the best.
        clock: Monotonic seconds.
        today: The time of day, in UTC.
    """

    def __init__(
        self,
        endpoint: EndpointPort,
        model: str,
        choices: Sequence[Choice],
        prefix: str,
        meter: Meter,
        *,
        most_chars: int = prompt.MOST_CHARS,
        on_call: Callable[[CallMade], None] = lambda _: None,
        on_step: Callable[[Takes], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._endpoint = endpoint
        self._model = model
        self._choices = {choice.code: choice for choice in choices}
        self._codes = list(self._choices)
        self._prefix = prefix
        self._meter = meter
        self._most_chars = most_chars
        self._on_call = on_call
        self._clock = clock
        self._today = today
        self._remembered = Remembered(on_step)
        self._stubborn = Stubborn()

    def ask(self, subject: str, description: str, deadline_s: float) -> Asked | Failure:
        """Ask about one ticket.

        Args:
            subject: Cleaned.
            description: Cleaned.
            deadline_s: When the answer has to be there, on the asker's clock.
        """
        ticket = f"{subject}\n{description}"
        if self._stubborn.is_stubborn(ticket):
            return Failure(422, "never_answered", was_sent=False)
        plan: _Plan | Failure | Found = _Plan(self._remembered.takes, self._most_chars)
        total, calls = Usage(), 0
        last: Failure = unanswered(Unanswered("timeout"))
        while isinstance(plan, _Plan) and calls < MOST_CALLS:
            began_s = self._clock()
            if deadline_s <= began_s:
                return last._replace(usage=total, calls=calls)
            outcome, usage = self._call(subject, description, plan, deadline_s - began_s)
            calls += not (isinstance(outcome, Failure) and not outcome.was_sent)
            total = _added(total, usage)
            now_s = self._clock()
            # A call that takes as long as this one would be cut off, and paid for.
            has_time = deadline_s - now_s > now_s - began_s
            last, plan = self._next(outcome, plan, last, has_time=has_time)
        if isinstance(plan, Found):
            self._stubborn.answered(ticket)
            return self._asked(plan, total, calls)
        if last.status == NO_VALID_ANSWER:
            self._stubborn.failed(ticket)
        return last._replace(usage=total, calls=calls)

    def close(self) -> None:
        """End the calls in flight; each is settled as one that was cut."""
        self._endpoint.close()

    def _call(
        self, subject: str, description: str, plan: _Plan, within_s: float
    ) -> tuple[Read | HttpError | Failure, Usage]:
        user = prompt.user_message(subject, description, plan.most_chars, again=plan.again)
        body = request_body(plan.takes, self._model, self._prefix, user, self._codes)
        try:
            reservation = self._meter.reserve(_tokens_at_most(body), self._today(), plan.takes.most_output_tokens)
        except LedgerError as error:
            self._on_call(CallMade("unwritten", "ledger_failed", Usage(), 0.0, str(error)))
            return Failure(503, "ledger_failed", was_sent=False), Usage()
        if isinstance(reservation, Refusal):
            return of_refusal(reservation), Usage()
        began_s = self._clock()
        answer = self._endpoint.ask(body, within_s)
        outcome, result, counted = _judged(answer, self._codes, self._today())
        headers = answer.headers if isinstance(answer, Answer) else {}
        usage = self._meter.settle(reservation, counted, outcome, headers, self._today())
        detail = answer.detail if isinstance(answer, Unanswered) else ""
        self._on_call(CallMade(outcome, _code(result), usage, self._clock() - began_s, detail))
        return result, usage

    def _next(
        self, outcome: Read | HttpError | Failure, plan: _Plan, last: Failure, *, has_time: bool
    ) -> tuple[Failure, _Plan | Failure | Found]:
        """The failure that this call would be, and what comes next: another call, the end, or the answer."""
        if isinstance(outcome, Failure):
            # A repair that cannot be made leaves the ticket with the fault before it.
            failure = last if plan.again and outcome.status == 429 else outcome
            return failure, failure
        if isinstance(outcome, HttpError):
            failure = failed(outcome, is_proven=self._remembered.is_proven)
            return failure, self._after_error(outcome, plan) or failure
        self._remembered.accepted(plan.takes, outcome.outcome)
        if isinstance(outcome.outcome, Found):
            return last, outcome.outcome
        failure = failed(outcome.outcome, is_proven=True)
        if plan.again or not has_time or outcome.outcome.code == "content_filter":
            return failure, failure
        roomier = with_more_room(plan.takes) if outcome.outcome.code == "out_of_room" else None
        return failure, plan._replace(takes=roomier or self._remembered.takes, again=True)

    def _after_error(self, error: HttpError, plan: _Plan) -> _Plan | None:
        if error.refused.is_too_long and not plan.is_shortened:
            return plan._replace(most_chars=plan.most_chars // _SHORTER, is_shortened=True)
        if error.refused.is_too_long or error.refused.is_filtered:
            return None
        if error.refused.step:
            below = without(plan.takes, error.refused.step)
            if below is not None:
                self._remembered.named(below)
        else:
            blind = error.status in {400, 422} and not self._remembered.is_proven
            below = blindly_below(plan.takes) if blind else None
        return plan._replace(takes=below) if below is not None else None

    def _asked(self, found: Found, usage: Usage, calls: int) -> Asked:
        shares = over_codes(found, self._codes)
        if shares is None:
            return Asked(((self._choices[found.code], CONSTANT),), "constant", usage, calls)
        ranked = sorted(shares.items(), key=lambda share: -share[1])
        return Asked(tuple((self._choices[code], share) for code, share in ranked), "logprobs", usage, calls)


def _judged(
    answer: Answer | Unanswered, codes: Sequence[str], now: datetime
) -> tuple[str, Read | HttpError | Failure, Usage | None]:
    """How the call ended, in the meter's words; what comes of it; and what the endpoint counted, if it is known."""
    if isinstance(answer, Unanswered):
        return answer.outcome, unanswered(answer), None
    if answer.status == 200:
        read = read_answer(answer.body, codes)
        return "answered" if isinstance(read.outcome, Found) else "invalid", read, read.usage
    error = http_error(answer, now)
    is_free = isinstance(error, HttpError) and answer.status not in _WORKED and not error.refused.is_filtered
    return f"http_{answer.status}", error, Usage() if is_free else None


def _code(result: Read | HttpError | Failure) -> str:
    match result:
        case Read(outcome=Fault(code)):
            return code
        case HttpError(refused=refused):
            return refused.code
        case Failure(code=code):
            return code
        case _:
            return ""


def _tokens_at_most(body: dict[str, object]) -> int:
    """No tokenizer makes more tokens than there are bytes; a schema may be written into the prompt."""
    return len(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")) + _FRAME_TOKENS


def _added(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.input_tokens + other.input_tokens,
        one.cached_tokens + other.cached_tokens,
        one.output_tokens + other.output_tokens,
        one.cost + other.cost,
    )
