"""The model's HTTP API as bytes: the request that is sent, and the strict reading of what comes back."""

from __future__ import annotations

import json
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, NotRequired

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from consumer.guards.retry import parse_retry_after
from consumer.model.attempt import Answered, Denied, Failed, Refused
from consumer.model.types import Label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consumer.model.attempt import Attempt
    from consumer.model.types import ModelTicket

TOP_K = 3
MAX_BODY_BYTES = 1 << 20
# The model's name is repeated in every event.
MAX_MODEL_NAME_CHARS = 200

_REFUSED = frozenset({400, 413, 422})
_DENIED = frozenset({401, 403, 404})
_RETRYABLE_4XX = frozenset({408, 425, 429})
_HONOURS_RETRY_AFTER = frozenset({429, 503})


_encode = json.JSONEncoder(separators=(",", ":")).encode
_by_confidence = attrgetter("confidence")

_Text = Annotated[str, Field(min_length=1)]
_Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Label(TypedDict):
    category: _Text
    confidence: _Probability
    subcategory: NotRequired[_Text | None]
    subcategory_confidence: NotRequired[_Probability | None]


class _Prediction(TypedDict):
    id: str
    labels: Annotated[list[_Label], Field(min_length=1)]


class _Document(TypedDict):
    model: NotRequired[Annotated[_Text, Field(max_length=MAX_MODEL_NAME_CHARS)] | None]
    predictions: list[_Prediction]


# Strict: "0.5" and true are no probabilities. Read in one go by a library in machine code, for this is done for every
# ticket that the model is asked about.
_read = partial(TypeAdapter(_Document).validate_json, strict=True)
# The last name on the way to a fault decides its reason.
_REASONS: Mapping[str, str] = {
    "model": "model_name",
    "predictions": "ids",
    "id": "ids",
    "labels": "labels",
    "category": "category",
    "confidence": "confidence",
    "subcategory": "subcategory",
    "subcategory_confidence": "confidence",
}


def encode_request(tickets: Sequence[ModelTicket]) -> bytes:
    """The request's body; a ticket's id is its place in the batch."""
    asked = [
        {"id": str(place), "subject": each.subject, "description": each.description, "language": each.language}
        for place, each in enumerate(tickets)
    ]
    return _encode({"tickets": asked, "top_k": TOP_K}).encode("ascii")


def classify(status: int, headers: Mapping[str, str], body: bytes | None, asked: int, unix_s: float) -> Attempt:
    """Decide what an HTTP answer means.

    Args:
        status: The HTTP status.
        headers: By name; only Retry-After is read.
        body: None when it is larger than `MAX_BODY_BYTES`.
        asked: How many tickets were in the request.
        unix_s: The wall clock, for a Retry-After that is a date.
    """
    if 200 <= status < 300:
        return Failed("garbled", "too_large") if body is None else parse_answer(body, asked)
    if status in _REFUSED:
        return Refused(status)
    if status in _DENIED:
        return Denied(status)
    # A redirect is not followed, since it would carry tickets and token to another address; it and the remaining 4xx
    # end the same way however often they are tried.
    retryable = status >= 500 or status in _RETRYABLE_4XX
    wait = headers.get("Retry-After") if status in _HONOURS_RETRY_AFTER else None
    return Failed(
        "unavailable",
        f"http_{status}",
        retryable=retryable,
        retry_after_s=parse_retry_after(wait, unix_s) if wait else None,
    )


def parse_answer(body: bytes, asked: int) -> Answered | Failed:
    """Read the body of a 200 strictly; anything but a full and valid answer for every ticket is garbled."""
    try:
        document = _read(body)
    except ValidationError as error:
        return Failed("garbled", _reason(error))
    by_id = {prediction["id"]: prediction["labels"] for prediction in document["predictions"]}
    # Equal lengths leave no room for a repeated id, and the look-up below none for an unknown one.
    if not len(document["predictions"]) == len(by_id) == asked:
        return Failed("garbled", "ids")
    try:
        labels = tuple([_labels(by_id[str(place)]) for place in range(asked)])
    except KeyError:
        return Failed("garbled", "ids")
    if () in labels:
        return Failed("garbled", "repeated_category")
    return Answered(document.get("model"), labels)


def _reason(error: ValidationError) -> str:
    """The code for the first fault, without any of the model's words."""
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    match fault["type"], fault["loc"]:
        # NaN and Infinity are not JSON, though they are read.
        case "json_invalid" | "finite_number", _:
            return "not_json"
        case _, ():
            return "not_an_object"
        case _, ("predictions",):
            return "no_predictions"
        case _, path:
            return next(_REASONS[name] for name in reversed(path) if isinstance(name, str))


def _labels(raw: list[_Label]) -> tuple[Label, ...]:
    """The best of one ticket's labels, best first; none when a category is named twice."""
    labels = [
        Label(each["category"], each["confidence"], each.get("subcategory"), each.get("subcategory_confidence"))
        for each in raw
    ]
    if len({each.category for each in labels}) != len(labels):
        return ()
    # Best first is promised; sorting is cheaper than distrusting an otherwise valid answer, and ties stay as sent.
    labels.sort(key=_by_confidence, reverse=True)
    return tuple(labels[:TOP_K])
