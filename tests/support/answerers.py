"""An answerer whose callers do what the test says, and whose answers can be read again."""

import gc
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from consumer.answer.cache import Answer, AnswerCache
from consumer.answer.policy_watch import Renewed
from consumer.categorizer.answerer import Answerer
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.waiting import Waiting
from tests.support.consumer_parts import BASIS, QuietCallers

DEADLINE_S = 30.0


class Set(NamedTuple):
    """An answerer and its callers."""

    answerer: Answerer
    callers: QuietCallers


def an_answerer(*, hold: bool = False, cache: int = 100, renewed: Renewed = lambda _: None) -> Set:
    """An answerer with the shipped taxonomy and rules, whose clock never moves."""
    callers = QuietCallers()
    answers = AnswerCache(cache, 3600, lambda: 0.0)
    waiting = Waiting(DEADLINE_S, endless=hold)
    return Set(Answerer(BASIS, encode, answers, callers, waiting, hold=hold, renewed=renewed), callers)


def encode(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(dict(fields)).encode()


def fields(envelope: Envelope) -> dict[str, Any]:
    """The answer's fields; fails for an envelope that has none."""
    assert isinstance(envelope.outcome, Answer)
    found: dict[str, Any] = json.loads(envelope.outcome.encoded)
    assert (found["method"], found["provisional"]) == (envelope.outcome.method, envelope.outcome.provisional)
    return found


def method(envelope: Envelope) -> str | None:
    return None if envelope.outcome is None else str(fields(envelope)["method"])


def alive(kind: type) -> int:
    """How many objects of this class are kept somewhere."""
    gc.collect()
    return sum(isinstance(one, kind) for one in gc.get_objects())
