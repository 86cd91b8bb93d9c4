"""Requests and answers of the model's HTTP API, and the refusal of invalid requests."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, ValidationError

if TYPE_CHECKING:
    from classifier.model import CategoryLabel

DEFAULT_TOP_K = 3


class RequestRefused(Exception):
    """A request cannot be answered; the same request will be refused again.

    Attributes:
        status: The HTTP status.
        code: A stable name of the cause.
        message: What is wrong and how to mend it, without text of a ticket.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class TicketMessage(BaseModel, strict=True):
    """One ticket to categorize. The language is accepted but not used: the text alone decides."""

    id: str
    subject: str
    description: str
    language: str | None = None


class ClassifyRequest(BaseModel, strict=True):
    """The tickets of one call, and the number of categories per ticket in the answer. Unknown fields are ignored."""

    tickets: list[TicketMessage] = Field(min_length=1)
    top_k: int = Field(default=DEFAULT_TOP_K, ge=1)


def parse_request(body: bytes, max_tickets: int) -> ClassifyRequest:
    """The request in a body.

    Raises:
        RequestRefused: 400 when the body is not JSON in UTF-8, 422 when it is not a request or an id occurs twice,
            413 when it contains more than `max_tickets` tickets.
    """
    try:
        request = ClassifyRequest.model_validate_json(body)
    except ValidationError as error:
        raise _refuse(error) from None
    if len(request.tickets) > max_tickets:
        raise RequestRefused(
            413,
            "too_many_tickets",
            f"{len(request.tickets)} tickets in one call, but at most {max_tickets} are allowed; send several calls",
        )
    if len({ticket.id for ticket in request.tickets}) < len(request.tickets):
        raise RequestRefused(422, "repeated_id", "two tickets have the same id; every ticket needs an id of its own")
    return request


def _refuse(error: ValidationError) -> RequestRefused:
    # The input is left out of the details: it can be text of a ticket.
    details = error.errors(include_url=False, include_context=False, include_input=False)
    if any(detail["type"] == "json_invalid" for detail in details):
        return RequestRefused(400, "not_json", "the body is not JSON in UTF-8")
    first = details[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    return RequestRefused(422, "invalid_request", f"{field}: {first['msg']}")


def answer_message(
    model: str, tickets: Sequence[TicketMessage], answers: Sequence[Sequence["CategoryLabel"]]
) -> dict[str, Any]:
    """The body of a 200: one prediction per ticket, in the order of the request."""
    predictions = [
        {"id": ticket.id, "labels": [_label_message(label) for label in labels]}
        for ticket, labels in zip(tickets, answers, strict=True)
    ]
    return {"model": model, "predictions": predictions}


def _label_message(label: "CategoryLabel") -> dict[str, Any]:
    share = label.subcategory_confidence
    return {
        "category": label.category,
        "confidence": round(label.confidence, 6),
        "subcategory": label.subcategory,
        "subcategory_confidence": None if share is None else round(share, 6),
    }
