"""The model's HTTP API as bytes: the request that is sent, and the strict reading of what comes back."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeGuard

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


class _GarbledError(Exception):
    """The answer breaks the contract; the argument is the reason's code."""


def _refuse_constant(_name: str) -> NoReturn:
    raise _GarbledError("not_json")


# NaN and Infinity are not JSON, though Python reads them.
_decode = json.JSONDecoder(parse_constant=_refuse_constant).decode
_encode = json.JSONEncoder(separators=(",", ":")).encode
_by_confidence = attrgetter("confidence")


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
        document = _decode(body.decode("utf-8"))
        return Answered(_model_name(document), _all_labels(document, asked))
    except _GarbledError as garbled:
        return Failed("garbled", str(garbled))
    except (ValueError, RecursionError):
        # A UnicodeDecodeError and a JSONDecodeError are ValueErrors; nesting too deep for the reader is the other.
        return Failed("garbled", "not_json")


def _model_name(document: Any) -> str | None:
    if type(document) is not dict:
        raise _GarbledError("not_an_object")
    name = document.get("model")
    if name is None:
        return None
    if not _is_text(name) or len(name) > MAX_MODEL_NAME_CHARS:
        raise _GarbledError("model_name")
    return name


def _all_labels(document: dict[str, Any], asked: int) -> tuple[tuple[Label, ...], ...]:
    predictions = document.get("predictions")
    if type(predictions) is not list:
        raise _GarbledError("no_predictions")
    by_id = {}
    for prediction in predictions:
        if type(prediction) is not dict or type(prediction.get("id")) is not str:
            raise _GarbledError("ids")
        by_id[prediction["id"]] = prediction.get("labels")
    # Equal lengths leave no room for a repeated id, and the look-up below none for an unknown one.
    if not len(predictions) == len(by_id) == asked:
        raise _GarbledError("ids")
    try:
        return tuple(_labels(by_id[str(place)]) for place in range(asked))
    except KeyError:
        raise _GarbledError("ids") from None


def _labels(raw: Any) -> tuple[Label, ...]:
    if type(raw) is not list or not raw:
        raise _GarbledError("labels")
    labels = [_label(each) for each in raw]
    if len({each.category for each in labels}) != len(labels):
        raise _GarbledError("repeated_category")
    # Best first is promised; sorting is cheaper than distrusting an otherwise valid answer, and ties stay as sent.
    labels.sort(key=_by_confidence, reverse=True)
    return tuple(labels[:TOP_K])


def _label(raw: Any) -> Label:
    if type(raw) is not dict:
        raise _GarbledError("labels")
    category = raw.get("category")
    if not _is_text(category):
        raise _GarbledError("category")
    confidence = _probability(raw.get("confidence"))
    subcategory = raw.get("subcategory")
    if subcategory is None:
        return Label(category, confidence)
    if not _is_text(subcategory):
        raise _GarbledError("subcategory")
    given = raw.get("subcategory_confidence")
    return Label(category, confidence, subcategory, None if given is None else _probability(given))


def _probability(raw: Any) -> float:
    # Comparing types exactly keeps out bool, which is an int.
    if (type(raw) is float or type(raw) is int) and 0 <= raw <= 1:
        return float(raw)
    raise _GarbledError("confidence")


def _is_text(raw: Any) -> TypeGuard[str]:
    return type(raw) is str and raw != "" and (raw.isascii() or _is_encodable(raw))


def _is_encodable(text: str) -> bool:
    # JSON can spell half a surrogate pair, which no event could carry.
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
