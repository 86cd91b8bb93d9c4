"""The model's HTTP API as bytes: the request, and the strict reading of the answer."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Annotated, Any, NamedTuple, TypeVar

from msgspec import DecodeError, Meta, Raw, Struct, ValidationError, convert, to_builtins
from msgspec.json import Decoder, Encoder

from consumer.model.attempt import Answered, Attempt, Denied, Failed, Refused
from consumer.model.types import Label, LabelText, ModelTicket
from consumer.model.usage import usage_beside, usage_in, usage_of
from schemas.probability import HIGHEST, LOWEST, clamped
from serving.retry_after import parse_retry_after

TOP_K = 3
MAX_BODY_BYTES = 1 << 20
# Every event contains the model's name.
MAX_MODEL_NAME_CHARS = 200

_REFUSED = frozenset({400, 413, 422})
_DENIED = frozenset({401, 403, 404})
_RETRYABLE_4XX = frozenset({408, 425, 429})
_HONOURS_RETRY_AFTER = frozenset({429, 503})

NOT_JSON = "not_json"
REPEATED = "repeated_category"

_by_confidence = attrgetter("confidence")


class _Ticket(Struct):
    id: str
    subject: str
    description: str
    language: str | None


class _Request(Struct):
    tickets: list[_Ticket]
    top_k: int = TOP_K


class _Prediction(Struct, gc=False):
    id: str
    labels: Annotated[list[Label], Meta(min_length=1)]


_CALIBRATED = b"true"
_NO_USAGE = Raw(b"null")


class _Document(Struct):
    predictions: list[_Prediction]
    model: Annotated[str, Meta(min_length=1, max_length=MAX_MODEL_NAME_CHARS)] | None = None
    # Read by themselves: whatever stands there, the labels are as good.
    calibrated: Raw = Raw(_CALIBRATED)
    usage: Raw = _NO_USAGE


# The same, read with more patience. Python's own reader of JSON lets half a surrogate pair through, which no event may
# hold.
_Whole = Meta(pattern="^[^\ud800-\udfff]*$")
_Rounded = Annotated[float, Meta(ge=LOWEST, le=HIGHEST)]


class _RoughLabel(Struct, gc=False):
    category: Annotated[LabelText, _Whole]
    confidence: _Rounded
    subcategory: Annotated[LabelText, _Whole] | None = None
    subcategory_confidence: _Rounded | None = None


class _RoughPrediction(Struct):
    id: str
    labels: Any = None


class _RoughDocument(Struct):
    predictions: list[_RoughPrediction]
    model: Annotated[str, Meta(min_length=1, max_length=MAX_MODEL_NAME_CHARS), _Whole] | None = None
    calibrated: Any = True
    usage: Any = None


_RoughLabels = Annotated[list[_RoughLabel], Meta(min_length=1)]
AnyLabel = TypeVar("AnyLabel", Label, _RoughLabel)


class _Found(NamedTuple):
    """The labels of one prediction, best first; none, and the reason, when it is at fault."""

    labels: tuple[Label, ...]
    fault: str | None = None


# In machine code, because this is done for every ticket that the model answers. Strict: "0.5" and true are no
# probabilities.
_read = Decoder(_Document).decode
_write = Encoder().encode
_PATH = re.compile(r"`\$(.*)`$")
_INDEX = re.compile(r"\[[0-9]+\]")
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


def ticket_ids(drawn: int, tickets: int) -> list[str]:
    """The ids of a request's tickets, which no other request has.

    So the answer to another request, which a proxy or a shared connection may deliver, is not taken for this one's.

    Args:
        drawn: Drawn at random for this request, from 64 bits.
        tickets: How many ids.
    """
    return [f"{drawn:016x}-{index}" for index in range(tickets)]


def encode_request(tickets: Sequence[ModelTicket], ids: Sequence[str]) -> bytes:
    """The request's body."""
    request = _Request(
        [
            _Ticket(ticket_id, ticket.subject, ticket.description, ticket.language)
            for ticket_id, ticket in zip(ids, tickets, strict=True)
        ]
    )
    try:
        return _write(request)
    except UnicodeEncodeError:
        # Half a surrogate pair, which only an escape can express.
        return json.dumps(to_builtins(request), separators=(",", ":")).encode("ascii")


def classify(
    status: int, headers: Mapping[str, str], body: bytes | None, asked: Sequence[str], unix_s: float
) -> Attempt:
    """Decide the outcome of an HTTP answer.

    Args:
        status: The HTTP status.
        headers: By name; only Retry-After is used.
        body: None when it is too large to read.
        asked: The ids of the tickets in the request.
        unix_s: The wall clock, for a Retry-After that is a date.
    """
    if 200 <= status < 300:
        return Failed("garbled", "too_large") if body is None else parse_answer(body, asked)
    usage = usage_beside(body)
    if status in _REFUSED:
        return Refused(status, usage)
    if status in _DENIED:
        return Denied(status, usage=usage)
    # A redirect is not followed: that would send tickets and token to a different address. A redirect and the remaining
    # 4xx would have the same outcome at every try.
    retryable = status >= 500 or status in _RETRYABLE_4XX
    wait = headers.get("Retry-After") if status in _HONOURS_RETRY_AFTER else None
    return Failed(
        "unavailable",
        f"http_{status}",
        retryable=retryable,
        retry_after_s=parse_retry_after(wait, unix_s) if wait else None,
        usage=usage,
    )


def parse_answer(body: bytes, asked: Sequence[str]) -> Answered | Failed:
    """Read the body of a 200 strictly.

    The ids must be exactly those that were asked about: when one is missing the others may have moved, and each ticket
    would get its neighbour's labels. A prediction that is at fault in itself garbles its own ticket only. Faults in
    `usage` and `calibrated` garble nothing: the first is then not known, and the second false.
    """
    try:
        document = _read(body)
    except ValidationError as error:
        return _read_patiently(body, asked, _reason(str(error)))
    except (DecodeError, UnicodeDecodeError, RecursionError):
        # RecursionError: nested too deep for the reader.
        return _read_patiently(body, asked, NOT_JSON)
    usage = None if document.usage is _NO_USAGE else usage_in(document.usage)
    by_id = {prediction.id: prediction.labels for prediction in document.predictions}
    # With equal lengths no id is repeated; with the look-up below no id is unknown.
    if not len(document.predictions) == len(by_id) == len(asked):
        return Failed("garbled", "ids", usage=usage)
    try:
        labels = tuple([_best(by_id[ticket_id]) for ticket_id in asked])
    except KeyError:
        return Failed("garbled", "ids", usage=usage)
    return _answered(
        Answered(document.model, labels, None, bytes(document.calibrated) == _CALIBRATED, usage), fault=REPEATED
    )


def _read_patiently(body: bytes, asked: Sequence[str], reason: str) -> Answered | Failed:
    """Read a body that is not valid as a whole, one prediction at a time.

    Numbers that rounding carried beyond their range are moved back. NaN and Infinity, which JSON does not have and
    Python's writer writes, are faults of their predictions. This costs about as much again as the strict reading.

    Args:
        body: the body.
        asked: the ids of the tickets in the request.
        reason: why it is not valid, for a body of which nothing can be used.
    """
    try:
        document = convert(json.loads(body.decode()), _RoughDocument)
    except (ValueError, RecursionError):
        # ValueError: not JSON, not UTF-8, not of this shape, or a number of thousands of digits.
        return Failed("garbled", reason, usage=usage_beside(body))
    usage = usage_of(document.usage)
    by_id = {prediction.id: prediction.labels for prediction in document.predictions}
    if len(document.predictions) != len(asked) or by_id.keys() != set(asked):
        return Failed("garbled", "ids", usage=usage)
    found = [_rounded(by_id[ticket_id]) for ticket_id in asked]
    faults = [prediction.fault for prediction in found if prediction.fault is not None]
    labels = tuple([prediction.labels for prediction in found])
    answered = Answered(document.model, labels, None, document.calibrated is True, usage)
    return _answered(answered, NOT_JSON if reason == NOT_JSON or not faults else faults[0])


def _answered(answered: Answered, fault: str) -> Answered | Failed:
    """The answer with its fault, where one of its tickets has no labels; where none has any, a failure."""
    if () not in answered.labels:
        return answered
    return replace(answered, fault=fault) if any(answered.labels) else Failed("garbled", fault, usage=answered.usage)


def _rounded(labels: Any) -> _Found:
    """The labels of one prediction, with rounded numbers moved back into their range."""
    try:
        rough = convert(labels, _RoughLabels)
    except ValidationError as error:
        return _Found((), _reason(str(error), ".predictions[].labels"))
    # Sorted before they are moved: of two that are above 1 the higher one is still the better one.
    best = _best(rough)
    return _Found(tuple(_moved_back(label) for label in best), None if best else REPEATED)


def _moved_back(label: _RoughLabel) -> Label:
    within = label.subcategory_confidence
    return Label(
        label.category, clamped(label.confidence), label.subcategory, None if within is None else clamped(within)
    )


def _reason(message: str, above: str = "") -> str:
    """The code of a fault, by its path in the document, with which the reader's message ends."""
    path = found[1] if (found := _PATH.search(message)) else ""
    if missing := _MISSING.search(message):
        path += f".{missing[1]}"
    return _REASONS[above + _INDEX.sub("[]", path)]


def _best(labels: list[AnyLabel]) -> tuple[AnyLabel, ...]:
    """The labels of one ticket, best first; none when a category occurs twice."""
    if len({label.category for label in labels}) != len(labels):
        return ()
    # The contract says best first. Sorting costs less than refusing an otherwise valid answer; ties stay as sent.
    labels.sort(key=_by_confidence, reverse=True)
    return tuple(labels[:TOP_K])
