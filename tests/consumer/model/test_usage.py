"""What replies say beside their labels: whether confidences are calibrated, and what the call cost."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from consumer.model.attempt import Answered, Attempt, Failed
from consumer.model.types import Label
from consumer.model.usage import MAX_COST, MAX_TOKENS, UnreadUsage, Usage
from consumer.model.wire import classify, parse_answer
from tests.consumer.model.bench import GARBLED, Bench, in_turn
from tests.support.model_scripts import attempt
from tests.support.model_server import Asked, Door

IDS = ("0",)
LABELS = [{"category": "billing", "confidence": 0.9}]
TOLD = {"input_tokens": 346, "cached_tokens": 300, "output_tokens": 1, "cost": 0.00006}
USAGE = Usage(346, 300, 1, 0.00006)
# A number that rounding carried beyond its range: such a body is read a second time, by the patient reader.
ROUGH = [{"category": "billing", "confidence": 1.0000001}]
NEVER = -1
NEITHER: list[Any] = [None, 1, 0, "true", "false", [], [True], {}, 1.0, math.nan]
NO_COST: list[Any] = ["0.1", True, [], {}, -1e-9, 2 * MAX_COST]
NO_USAGE: list[Any] = [7, "free", True, [], [TOLD]]


def body(labels: Any = LABELS, **beside: Any) -> bytes:
    return json.dumps({"model": "m1", "predictions": [{"id": "0", "labels": labels}], **beside}).encode()


def status(code: int, content: bytes) -> Attempt:
    return classify(code, {}, content, IDS, 0.0)


readers = pytest.mark.parametrize("labels", [LABELS, ROUGH], ids=["strictly", "patiently"])


@readers
@pytest.mark.parametrize(
    ("said", "calibrated"),
    [
        ({}, True),
        ({"calibrated": True}, True),
        ({"calibrated": False}, False),
        *(({"calibrated": wrong}, False) for wrong in NEITHER),
    ],
)
def test_only_true_is_calibrated(labels: Any, said: dict[str, Any], *, calibrated: bool) -> None:
    """It is true when it is left out; what is neither true nor false is read with caution, and garbles nothing."""
    found = parse_answer(body(labels, **said), IDS)

    assert isinstance(found, Answered)
    assert (found.calibrated, found.fault) == (calibrated, None)
    assert [label.category for label in found.labels[0]] == ["billing"]


@readers
@pytest.mark.parametrize(
    ("said", "usage"),
    [
        (TOLD, USAGE),
        ({}, Usage()),
        ({"input_tokens": 3}, Usage(3)),
        ({"input_tokens": 346.0, "cost": 1}, Usage(346, 0, 0, 1.0)),
        ({"input_tokens": 115.4}, Usage(115)),
        (TOLD | {"cached_tokens": None}, USAGE._replace(cached_tokens=0)),
        (TOLD | {"total_tokens": "347", "details": [[]]}, USAGE),
        (None, None),
        *((TOLD | {"cost": wrong}, "usage.cost") for wrong in NO_COST),
        *((TOLD | {"cost": wrong}, "usage") for wrong in (math.nan, math.inf, -math.inf)),
        (TOLD | {"input_tokens": -1}, "usage.input_tokens"),
        (TOLD | {"output_tokens": True}, "usage.output_tokens"),
        (TOLD | {"cached_tokens": 10 * MAX_TOKENS}, "usage.cached_tokens"),
        *((wrong, "usage") for wrong in NO_USAGE),
    ],
)
def test_a_usage_that_cannot_be_read_takes_nothing_from_the_labels(labels: Any, said: Any, usage: Any) -> None:
    """Numbers from 0 on are read, null is nothing; anything else leaves out the usage as a whole, and only that."""
    found = parse_answer(body(labels, usage=said), IDS)

    assert isinstance(found, Answered)
    assert found.fault is None
    if isinstance(usage, str):
        assert isinstance(found.usage, UnreadUsage)
        assert found.usage.field.startswith(usage)
    else:
        assert found.usage == usage


def test_numbers_that_no_machine_holds_are_no_usage() -> None:
    """Digits beyond any float, beside labels that are good."""
    for digits in (b"1e999", b"9" * 5000, b"-1e999"):
        raw = body(usage={"input_tokens": NEVER}).replace(b"-1", digits)

        assert parse_answer(raw, IDS) == Answered(
            "m1", ((Label("billing", 0.9),),), usage=UnreadUsage("usage.input_tokens")
        )


@pytest.mark.parametrize("code", [400, 401, 404, 413, 422, 429, 500, 502, 503])
def test_an_error_may_have_cost_something(code: int) -> None:
    """Its usage counts, whatever the status means; an error that is no JSON, or tells nothing, has none."""
    assert status(code, json.dumps({"error": {"code": "busy"}, "usage": TOLD}).encode()).usage == USAGE
    assert status(code, b'{"error": NaN, "usage": %b}' % json.dumps(TOLD).encode()).usage == USAGE
    assert status(code, b'{"usage": {"cost": "x"}}').usage == UnreadUsage("usage.cost")
    for nothing in (b"", b"<html>usage</html>", b'"usage"', b'{"usage"', b'["usage"]', b"[" * 9000 + b'"usage"'):
        assert status(code, nothing).usage is None


@pytest.mark.parametrize(
    "content",
    [
        body([], usage=TOLD),
        body([{"category": "a", "confidence": 7}], usage=TOLD),
        body([{"category": "a", "confidence": math.nan}], usage=TOLD),
        body(LABELS + LABELS, usage=TOLD),
        body(usage=TOLD).replace(b'"0"', b'"1"'),
        body(ROUGH, usage=TOLD).replace(b'"0"', b'"1"'),
        body(usage=TOLD).replace(b'"id"', b'"ID"'),
        json.dumps({"error": "overloaded", "usage": TOLD}).encode(),
    ],
)
def test_a_garbled_answer_has_cost_something_too(content: bytes) -> None:
    """The labels are of no use, and were paid for."""
    found = status(200, content)

    assert (type(found), found.usage) == (Failed, USAGE)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*TOLD, "x"]), inner),
    max_leaves=10,
)


@given(json_values, json_values, st.sampled_from([LABELS, ROUGH]), st.sampled_from([200, 429, 500]))
def test_no_value_in_the_new_fields_does_harm(calibrated: Any, usage: Any, labels: Any, code: int) -> None:
    """The labels are read as without them, and a usage that is read holds only numbers that add up."""
    found = status(code, body(labels, calibrated=calibrated, usage=usage))

    if code == 200:
        assert isinstance(found, Answered)
        assert found.labels == ((Label("billing", min(1.0, labels[0]["confidence"])),),)
        assert found.calibrated == (calibrated is True)
    if isinstance(found.usage, Usage):
        assert all(0 <= number <= MAX_TOKENS for number in found.usage)
        assert [type(number) for number in found.usage] == [int, int, int, float]


def told(cost: float) -> Usage:
    return Usage(10, 4, 1, cost)


def test_a_call_costs_what_all_its_tries_cost() -> None:
    """Failed tries are paid for too; the reply of a ticket says whether its confidence is calibrated."""
    answered = Answered("m1", ((Label("a", 0.9),),), calibrated=False, usage=told(0.5))
    bench = Bench(in_turn(Failed("unavailable", "http_503", usage=told(0.25)), GARBLED, answered))
    (reply,) = bench.ask()

    assert (reply.outcome, reply.calibrated) == ("answered", False)
    assert [report.usage for report in bench.reports] == [Usage(20, 8, 2, 0.75)]


def test_the_parts_of_a_split_batch_cost_what_each_of_them_cost() -> None:
    """A call that was refused, and those of its halves: each is reported with its own, so nothing counts twice."""

    def script(tickets: Any) -> Attempt:
        labels = tuple((Label("a", 0.9),) for _ in tickets)
        if len(tickets) > 1:
            return Failed("garbled", "ids", retryable=False, usage=told(1.0))
        return Answered("m1", labels, usage=told(0.25))

    bench = Bench(script)
    replies = bench.ask(2)
    costs = {report.call_id: report.usage.cost for report in bench.reports if report.usage is not None}

    assert sum(costs.values()) == 1.5
    assert [costs[reply.call_id] for reply in replies if reply.call_id is not None] == [0.25, 0.25]


def test_a_model_that_tells_nothing_has_no_usage() -> None:
    """Which is not the same as a call that cost nothing."""
    labels = ((Label("a", 0.9),),)
    silent = Bench(in_turn(GARBLED, Answered("m1", labels)))
    free = Bench(in_turn(Answered("m1", labels, usage=Usage())))
    silent.ask()
    free.ask()

    assert [report.usage for report in (*silent.reports, *free.reports)] == [None, Usage()]


def test_a_usage_that_cannot_be_read_is_told_once() -> None:
    """By the name of its field, however many calls have it."""
    wrong = Answered("m1", ((Label("a", 0.9),),), usage=UnreadUsage("usage.cost"))
    bench = Bench(in_turn(wrong))
    with capture_logs() as lines:
        for _ in range(3):
            bench.ask()

    assert [(line["event"], line["field"]) for line in lines] == [("model.usage_unread", "usage.cost")]
    assert {report.usage for report in bench.reports} == {None}


@pytest.mark.parametrize(("code", "headers"), [(200, ""), (429, "Retry-After: 1\r\n"), (503, ""), (422, ""), (401, "")])
def test_usage_comes_over_a_real_connection(code: int, headers: str) -> None:
    """In an answer as in an error."""

    def script(asked: Asked, door: Door) -> None:
        predictions = [{"id": ticket["id"], "labels": LABELS} for ticket in asked.tickets]
        content = {"predictions": predictions} if code == 200 else {"error": {"code": "busy"}}
        door.reply(json.dumps({**content, "calibrated": False, "usage": TOLD}).encode(), code, headers)

    found = attempt(script)

    assert found.usage == USAGE
    assert not isinstance(found, Answered) or not found.calibrated
