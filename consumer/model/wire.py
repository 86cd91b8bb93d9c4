"""The model's HTTP API as bytes: the request that is sent, and the strict reading of what comes back."""

from __future__ import annotations

import json
import re
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated

from msgspec import DecodeError, Meta, Struct, ValidationError, to_builtins
from msgspec.json import Decoder, Encoder

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

_by_confidence = attrgetter("confidence")


class _Asked(Struct):
    id: str
    subject: str
    description: str
    language: str | None


class _Question(Struct):
    tickets: list[_Asked]
    top_k: int = TOP_K


class _Prediction(Struct, gc=False):
    id: str
    labels: Annotated[list[Label], Meta(min_length=1)]


class _Document(Struct):
    predictions: list[_Prediction]
    model: Annotated[str, Meta(min_length=1, max_length=MAX_MODEL_NAME_CHARS)] | None = None


# Read and written in machine code, for this is done for every ticket that the model is asked about. Strict: "0.5" and
# true are no probabilities.
_read = Decoder(_Document).decode
_write = Encoder().encode
_PATH = re.compile(r"`\$(.*)`$")
_PLACE = re.compile(r"\[[0-9]+\]")
_MISSING = re.compile("required field `([a-z_]+)`")
_LABEL = ".predictions[].labels[]"
_REASONS: Mapping[str, str] = {
    "": "not_an_object",
    ".model": "model_name",
    ".predictions": "no_predictions",
    ".predictions[]": "ids",
    ".predictions[].id": "ids",
    ".predictions[].labels": "labels",
    _LABEL: "labels",
    f"{_LABEL}.category": "category",
    f"{_LABEL}.confidence": "confidence",
    f"{_LABEL}.subcategory": "subcategory",
    f"{_LABEL}.subcategory_confidence": "confidence",
}


def encode_request(tickets: Sequence[ModelTicket]) -> bytes:
    """The request's body; a ticket's id is its place in the batch."""
    asked = [_Asked(str(place), each.subject, each.description, each.language) for place, each in enumerate(tickets)]
    try:
        return _write(_Question(asked))
    except UnicodeEncodeError:
        # Half a surrogate pair, which only an escape can spell.
        return json.dumps(to_builtins(_Question(asked)), separators=(",", ":")).encode("ascii")


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
        return Failed("garbled", _reason(str(error)))
    except (DecodeError, UnicodeDecodeError, RecursionError):
        # The last: nesting too deep for the reader.
        return Failed("garbled", "not_json")
    by_id = {prediction.id: prediction.labels for prediction in document.predictions}
    # Equal lengths leave no room for a repeated id, and the look-up below none for an unknown one.
    if not len(document.predictions) == len(by_id) == asked:
        return Failed("garbled", "ids")
    try:
        labels = tuple([_best(by_id[str(place)]) for place in range(asked)])
    except KeyError:
        return Failed("garbled", "ids")
    if () in labels:
        return Failed("garbled", "repeated_category")
    return Answered(document.model, labels)


def _reason(message: str) -> str:
    """The code for a fault by the path to it, with which the reader's message ends."""
    path = found[1] if (found := _PATH.search(message)) else ""
    if missing := _MISSING.search(message):
        path += f".{missing[1]}"
    return _REASONS[_PLACE.sub("[]", path)]


def _best(labels: list[Label]) -> tuple[Label, ...]:
    """The labels of one ticket, best first; none when a category is named twice."""
    if len({each.category for each in labels}) != len(labels):
        return ()
    # Best first is promised; sorting is cheaper than distrusting an otherwise valid answer, and ties stay as sent.
    labels.sort(key=_by_confidence, reverse=True)
    return tuple(labels[:TOP_K])
