"""A desk whose callers do what the test says, and whose answers can be read again."""

import json
from typing import Any, NamedTuple

from consumer.answer.cache import AnswerCache
from consumer.categorizer.answerer import Desk
from consumer.categorizer.envelope import Answer, Slot
from tests.support.consumer_parts import HOW, QuietCallers

DEADLINE_S = 30.0


class Set(NamedTuple):
    """A desk and its callers."""

    desk: Desk
    callers: QuietCallers


def a_desk(*, hold: bool = False, cache: int = 100) -> Set:
    """A desk with the shipped taxonomy and rules, whose clock never moves."""
    callers = QuietCallers()
    answers = AnswerCache(cache, 3600, lambda: 0.0)
    return Set(Desk(HOW, encode, answers, callers, deadline_s=DEADLINE_S, hold=hold), callers)


def encode(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode()


def fields(slot: Slot) -> dict[str, Any]:
    """The answer's fields; fails for a slot that has none."""
    assert isinstance(slot.outcome, Answer)
    found: dict[str, Any] = json.loads(slot.outcome.encoded)
    assert (found["method"], found["provisional"]) == (slot.outcome.method, slot.outcome.provisional)
    return found


def method(slot: Slot) -> str | None:
    return None if slot.outcome is None else str(fields(slot)["method"])
