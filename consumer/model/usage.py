"""What calls of the model cost, as its replies tell: tokens and a price."""

import json
from typing import Annotated, Any, NamedTuple

from msgspec import DecodeError, Meta, Raw, Struct, ValidationError, convert
from msgspec.json import Decoder

# Far above any real number, and far below what a sum of many could make of an integer of 64 bits, or of a float.
MAX_TOKENS = 10**12
MAX_COST = 1e9


class Usage(NamedTuple):
    """Tokens and price of one HTTP call, or of several added up.

    Attributes:
        input_tokens: All of the prompt, cached ones included.
        cached_tokens: Those of them that came from the provider's cache.
        output_tokens: Of the answer.
        cost: In the currency of the prices that the model's server knows.
    """

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0

    def plus(self, other: "Usage") -> "Usage":
        """Both together."""
        return Usage(
            self.input_tokens + other.input_tokens,
            self.cached_tokens + other.cached_tokens,
            self.output_tokens + other.output_tokens,
            self.cost + other.cost,
        )


class UnreadUsage(NamedTuple):
    """A `usage` that breaks the contract and is left out.

    Attributes:
        field: The first field at fault, such as `usage.cost`.
    """

    field: str


FoundUsage = Usage | UnreadUsage | None


class Spent:
    """Adds up what the tries of one call tell.

    Attributes:
        usage: The sum; None when no try told anything that could be read.
        unread: The fields at fault in tries whose usage could not be read.
    """

    __slots__ = ("unread", "usage")

    def __init__(self) -> None:
        self.usage: Usage | None = None
        self.unread: set[str] = set()

    def add(self, found: FoundUsage) -> None:
        """Add what one reply tells."""
        if isinstance(found, UnreadUsage):
            self.unread.add(found.field)
        elif found is not None:
            self.usage = found if self.usage is None else self.usage.plus(found)


_Tokens = Annotated[float, Meta(ge=0, le=MAX_TOKENS)]


class _Usage(Struct):
    # Servers write null for what they do not know.
    input_tokens: _Tokens | None = None
    cached_tokens: _Tokens | None = None
    output_tokens: _Tokens | None = None
    cost: Annotated[float, Meta(ge=0, le=MAX_COST)] | None = None


class _Reply(Struct):
    usage: Raw = Raw(b"null")


class _RoughReply(Struct):
    usage: Any = None


_read = Decoder(_Usage | None).decode
_read_reply = Decoder(_Reply).decode


def usage_in(raw: Raw) -> FoundUsage:
    """Read the `usage` of a reply that is JSON."""
    try:
        return _usage(_read(raw))
    except (ValidationError, DecodeError, RecursionError) as error:
        return UnreadUsage(_field(error))


def usage_of(document: Any) -> FoundUsage:
    """Read the `usage` of a reply that Python's reader of JSON has read."""
    try:
        return _usage(convert(document, _Usage | None))
    except (ValidationError, RecursionError) as error:
        return UnreadUsage(_field(error))


def usage_beside(body: bytes | None) -> FoundUsage:
    """Read the `usage` of a reply that gives no answer: of an error, or of an answer that is garbled as a whole.

    Args:
        body: of any content; None when it was too large to read.
    """
    if body is None or b'"usage"' not in body:
        return None
    try:
        return usage_in(_read_reply(body).usage)
    except (ValidationError, DecodeError, RecursionError):
        return _usage_beside_faults(body)


def _usage_beside_faults(body: bytes) -> FoundUsage:
    """The same of a body with NaN and the like in it, which Python writes and JSON does not have."""
    try:
        return usage_of(convert(json.loads(body.decode()), _RoughReply).usage)
    except (ValueError, RecursionError):
        return None


def _usage(read: _Usage | None) -> Usage | None:
    if read is None:
        return None
    tokens = (read.input_tokens, read.cached_tokens, read.output_tokens)
    given, cached, written = (round(number or 0) for number in tokens)
    return Usage(given, cached, written, read.cost or 0.0)


def _field(error: Exception) -> str:
    """The field at fault, by its path in the document, with which the reader's message ends."""
    _, _, path = str(error).rpartition("`$")
    return "usage" + path.removesuffix("`") if path.startswith(".") else "usage"
