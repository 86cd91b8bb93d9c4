"""A answerer whose callers do what the test says, and whose answers can be read again."""

import json
from typing import Any, NamedTuple

from consumer.answer.cache import Answer, AnswerCache
from consumer.categorizer.answerer import Answerer
from consumer.categorizer.envelope import Envelope
from tests.support.consumer_parts import BASIS, QuietCallers

DEADLINE_S = 30.0


class Set(NamedTuple):
    """A answerer and its callers."""

    answerer: Answerer
    callers: QuietCallers


def an_answerer(*, hold: bool = False, cache: int = 100) -> Set:
    """A answerer with the shipped taxonomy and rules, whose clock never moves."""
    callers = QuietCallers()
    answers = AnswerCache(cache, 3600, lambda: 0.0)
    return Set(Answerer(BASIS, encode, answers, callers, deadline_s=DEADLINE_S, hold=hold), callers)


def encode(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode()


def fields(envelope: Envelope) -> dict[str, Any]:
    """The answer's fields; fails for an envelope that has none."""
    assert isinstance(envelope.outcome, Answer)
    found: dict[str, Any] = json.loads(envelope.outcome.encoded)
    assert (found["method"], found["provisional"]) == (envelope.outcome.method, envelope.outcome.provisional)
    return found


def method(envelope: Envelope) -> str | None:
    return None if envelope.outcome is None else str(fields(envelope)["method"])
