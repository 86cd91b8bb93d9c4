"""The model's HTTP API as bytes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.model.attempt import Answered, Attempt, Denied, Failed, Refused
from consumer.model.types import Label, ModelTicket
from consumer.model.wire import classify, encode_request, parse_answer, ticket_ids

IDS = ("0", "1", "2")
BILLING = {"category": "billing", "confidence": 0.9, "subcategory": "payment_issue", "subcategory_confidence": 0.8}


def answer(*labels: Any, ids: tuple[Any, ...] = ("0",)) -> bytes:
    return json.dumps(
        {"model": "m1", "predictions": [{"id": ticket_id, "labels": list(labels)} for ticket_id in ids]}
    ).encode()


def test_a_request_is_what_the_contract_says() -> None:
    """Each ticket has its id, a missing language is null, and three labels are asked for."""
    body = encode_request([ModelTicket("Pago", "¿Cómo?", "es"), ModelTicket("", "", None)], ["a-0", "a-1"])

    assert json.loads(body) == {
        "tickets": [
            {"id": "a-0", "subject": "Pago", "description": "¿Cómo?", "language": "es"},
            {"id": "a-1", "subject": "", "description": "", "language": None},
        ],
        "top_k": 3,
    }


@given(st.lists(st.builds(ModelTicket, st.text(st.characters()), st.text(st.characters()), st.none()), max_size=5))
def test_any_text_can_be_asked_about(tickets: list[ModelTicket]) -> None:
    """Half surrogates, control characters and all: the request is JSON and says the same."""
    document = json.loads(encode_request(tickets, ticket_ids(1, len(tickets))))

    assert [(ticket["subject"], ticket["description"]) for ticket in document["tickets"]] == [
        (ticket.subject, ticket.description) for ticket in tickets
    ]


@given(st.lists(st.integers(0, 2**64 - 1), min_size=2, max_size=2, unique=True), st.integers(1, 64))
def test_the_answer_to_another_request_is_not_taken_for_this_ones(drawn: list[int], tickets: int) -> None:
    """Requests differ in the ids of all their tickets, whatever their numbers of tickets."""
    ours, others = (ticket_ids(number, tickets) for number in drawn)

    assert isinstance(parse_answer(answer(BILLING, ids=tuple(ours)), ours), Answered)
    assert parse_answer(answer(BILLING, ids=tuple(others)), ours) == Failed("garbled", "ids")
    assert set(ours).isdisjoint(others)


def test_a_full_answer_is_read_in_the_order_of_the_request() -> None:
    """Labels go to the ticket whose id they carry, however the predictions are ordered."""
    body = json.dumps(
        {
            "model": "tickets-2026-11-22",
            "predictions": [
                {"id": "1", "labels": [{"category": "cards", "confidence": 1, "subcategory": None}]},
                {"id": "0", "labels": [BILLING, {"category": "cards", "confidence": 0.1}], "extra": [1]},
            ],
            "took_ms": 3,
        }
    ).encode()

    assert parse_answer(body, IDS[:2]) == Answered(
        "tickets-2026-11-22",
        (
            (Label("billing", 0.9, "payment_issue", 0.8), Label("cards", 0.1)),
            (Label("cards", 1.0),),
        ),
    )


def test_labels_are_best_first_and_no_more_than_asked_for() -> None:
    """A model that sends all of its classes, in its own order, is still understood."""
    labels = [{"category": name, "confidence": p} for name, p in [("a", 0.1), ("b", 0.5), ("c", 0.2), ("d", 0.2)]]

    parsed = parse_answer(answer(*labels), IDS[:1])

    assert parsed == Answered("m1", ((Label("b", 0.5), Label("c", 0.2), Label("d", 0.2)),))


@pytest.mark.parametrize(
    ("body", "asked", "reason"),
    [
        (b"", 1, "not_json"),
        (b"<html>busy</html>", 1, "not_json"),
        (answer(BILLING)[:-1], 1, "not_json"),
        (answer(BILLING).replace(b"0.9", b"NaN"), 1, "not_json"),
        (answer(BILLING).replace(b"0.9", b"Infinity"), 1, "not_json"),
        (answer(BILLING).replace(b"0.9", b"9" * 5000), 1, "confidence"),
        (b"[" * 200_000, 1, "not_an_object"),
        (b'{"a":' * 100_000, 1, "not_json"),
        (b'{"model": "\xff"}', 1, "not_json"),
        (b"[]", 1, "not_an_object"),
        (b"null", 1, "not_an_object"),
        (b'{"error": "overloaded"}', 1, "no_predictions"),
        (b'{"predictions": {"0": []}}', 1, "no_predictions"),
        (b'{"model": 3, "predictions": []}', 1, "model_name"),
        (json.dumps({"model": "x" * 201, "predictions": []}).encode(), 1, "model_name"),
        (answer(BILLING, ids=()), 1, "ids"),
        (answer(BILLING, ids=("0",)), 2, "ids"),
        (answer(BILLING, ids=("0", "0")), 2, "ids"),
        (answer(BILLING, ids=("0", "0", "1")), 2, "ids"),
        (answer(BILLING, ids=("0", "2")), 2, "ids"),
        (answer(BILLING, ids=(0,)), 1, "ids"),
        (answer(BILLING, ids=(None,)), 1, "ids"),
        (b'{"predictions": ["0"]}', 1, "ids"),
        (answer(), 1, "labels"),
        (answer("billing"), 1, "labels"),
        (b'{"predictions": [{"id": "0", "labels": "billing"}]}', 1, "labels"),
        (b'{"predictions": [{"id": "0"}]}', 1, "labels"),
        (answer({"confidence": 0.5}), 1, "category"),
        (answer({"category": "", "confidence": 0.5}), 1, "category"),
        (answer({"category": 7, "confidence": 0.5}), 1, "category"),
        (answer({"category": ["billing"], "confidence": 0.5}), 1, "category"),
        (answer({"category": "x" * 257, "confidence": 0.5}), 1, "category"),
        (answer(BILLING | {"subcategory": "x" * 257}), 1, "subcategory"),
        (answer({"category": "\ud800", "confidence": 0.5}), 1, "not_json"),
        (answer({"category": "a"}), 1, "confidence"),
        (answer({"category": "a", "confidence": True}), 1, "confidence"),
        (answer({"category": "a", "confidence": "0.5"}), 1, "confidence"),
        (answer({"category": "a", "confidence": 1.0011}), 1, "confidence"),
        (answer({"category": "a", "confidence": -0.1}), 1, "confidence"),
        (answer({"category": "a", "confidence": 10**300}), 1, "confidence"),
        (answer(BILLING | {"subcategory_confidence": 2}), 1, "confidence"),
        (answer(BILLING | {"subcategory": 5}), 1, "subcategory"),
        (answer(BILLING, BILLING), 1, "repeated_category"),
        (answer(BILLING | {"confidence": 1.0000001}, BILLING), 1, "repeated_category"),
        (answer(BILLING | {"confidence": 2}, ids=("0", "1")), 2, "confidence"),
    ],
)
def test_anything_less_than_a_full_and_valid_answer_is_garbled(body: bytes, asked: int, reason: str) -> None:
    """Ids that are not exactly those of the request, or no prediction without a fault: nothing is believed."""
    assert parse_answer(body, IDS[:asked]) == Failed("garbled", reason)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (1.00000536, 1.0),
        (1.0000001192092896, 1.0),
        (1.001, 1.0),
        (-1e-9, 0.0),
        (-0.001, 0.0),
        (0.9999999, 0.9999999),
        (1e-9, 1e-9),
        (1, 1.0),
    ],
)
def test_rounding_is_no_garbage(given: float, read: float) -> None:
    """Within one in a thousand of the range a number is moved back into it; within the range none is touched."""
    label = {"category": "a", "confidence": given, "subcategory": "b", "subcategory_confidence": given}

    assert parse_answer(answer(label), IDS[:1]) == Answered("m1", ((Label("a", read, "b", read),),))


def test_labels_beyond_the_range_are_ranked_before_they_are_moved_back() -> None:
    """Of two labels above 1 the higher one is best, and sums above 1 are no fault."""
    labels = [{"category": name, "confidence": p} for name, p in [("a", 1.0000001), ("b", 1.0000003), ("c", -1e-9)]]

    assert parse_answer(answer(*labels), IDS[:1]) == Answered(
        "m1", ((Label("b", 1.0), Label("a", 1.0), Label("c", 0.0)),)
    )


@pytest.mark.parametrize(
    ("labels", "fault"),
    [
        (b'[{"category": "a", "confidence": 1.5}]', "confidence"),
        (b'[{"category": "a", "confidence": NaN}]', "not_json"),
        (b'[{"category": "a", "confidence": 0.5, "subcategory_confidence": -Infinity}]', "not_json"),
        (b'[{"category": "a", "confidence": 1' + b"0" * 400 + b"}]", "confidence"),
        (b'[{"category": "a", "confidence": 0.5}, {"category": "a", "confidence": 0.4}]', "repeated_category"),
        (b'[{"category": "\\ud800", "confidence": 0.5}]', "not_json"),
        (b'[{"category": "", "confidence": 0.5}]', "category"),
        (b'[{"confidence": 0.5}]', "category"),
        (b"[]", "labels"),
        (b"null", "labels"),
        (b'"a"', "labels"),
    ],
)
def test_one_garbled_prediction_takes_nothing_from_the_others(labels: bytes, fault: str) -> None:
    """Its ticket has no labels, and the report says why; rounding in the others does no harm either."""
    good = b'[{"category": "billing", "confidence": 1.0000001}]'
    body = b'{"model": "m1", "predictions": [{"id": "1", "labels": %b}, {"id": "0", "labels": %b}]}' % (labels, good)

    assert parse_answer(body, IDS[:2]) == Answered("m1", ((Label("billing", 1.0),), ()), fault)


@pytest.mark.parametrize("ids", [("0", "0", "1"), ("0", "1", "3"), ("0", "1")])
def test_no_prediction_is_believed_when_the_ids_are_wrong(ids: tuple[str, ...]) -> None:
    """With one missing the others may have moved, and each ticket would get its neighbour's labels."""
    body = answer({"category": "a", "confidence": 1.0000001}, ids=ids)

    assert parse_answer(body, IDS[:3]) == Failed("garbled", "ids")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.just("0"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["model", "predictions", "id", "labels", "category", "confidence", "subcategory"]), inner
        )
    ),
    max_leaves=20,
)


shaped = st.fixed_dictionaries(
    {"predictions": st.lists(st.fixed_dictionaries({"id": st.sampled_from(["0", "1"]), "labels": json_values}))}
)
rough_labels = st.lists(
    st.fixed_dictionaries({"category": st.text(), "confidence": st.floats(-0.01, 1.01) | st.floats()}), max_size=4
)
near = rough_labels.map(lambda labels: {"predictions": [{"id": "0", "labels": labels}]})


@given(
    st.binary(max_size=200) | (json_values | shaped | near).map(lambda value: json.dumps(value).encode()),
    st.integers(1, 2),
)
def test_no_body_makes_the_reader_fail(body: bytes, asked: int) -> None:
    """Any body is an answer or garbled, and an answer holds only probabilities, best first, and at least one label."""
    parsed = parse_answer(body, IDS[:asked])

    assert isinstance(parsed, Failed) or (any(parsed.labels) and len(parsed.labels) == asked)
    for labels in () if isinstance(parsed, Failed) else parsed.labels:
        assert all(0 <= label.confidence <= 1 and label.category.encode() for label in labels)
        assert sorted(labels, key=lambda label: -label.confidence) == list(labels)


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (204, {}, Failed("garbled", "not_json")),
        (301, {"Location": "http://elsewhere/"}, Failed("unavailable", "http_301", retryable=False)),
        (400, {}, Refused(400)),
        (413, {}, Refused(413)),
        (422, {}, Refused(422)),
        (401, {}, Denied(401)),
        (403, {}, Denied(403)),
        (404, {}, Denied(404)),
        (405, {}, Failed("unavailable", "http_405", retryable=False)),
        (408, {}, Failed("unavailable", "http_408")),
        (425, {}, Failed("unavailable", "http_425")),
        (429, {"Retry-After": "7"}, Failed("unavailable", "http_429", retry_after_s=7.0)),
        (503, {"Retry-After": "Thu, 01 Jan 1970 00:00:09 GMT"}, Failed("unavailable", "http_503", retry_after_s=9.0)),
        (503, {"Retry-After": "soon"}, Failed("unavailable", "http_503")),
        (500, {"Retry-After": "7"}, Failed("unavailable", "http_500")),
    ],
)
def test_a_status_has_one_meaning(status: int, headers: dict[str, str], expected: Attempt) -> None:
    """Our fault, the model's fault, or access denied; and only at 429 and 503 a Retry-After counts."""
    assert classify(status, headers, b"", IDS[:1], 0.0) == expected


def test_a_body_beyond_the_limit_is_garbled() -> None:
    """It was not read, so nothing in it is believed."""
    assert classify(200, {}, None, IDS[:1], 0.0) == Failed("garbled", "too_large")
