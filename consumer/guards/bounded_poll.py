"""How much one poll takes of what a client has fetched."""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class Fetchable(Protocol):
    """The part of the client's message that is used."""

    def value(self) -> bytes | None: ...


M = TypeVar("M", bound=Fetchable)
M_co = TypeVar("M_co", bound=Fetchable, covariant=True)
# One poll takes no more than about this: what a poll brings is read in one turn, and the longest texts take so long to
# read that several hundred of them would outlast `max.poll.interval.ms`.
POLL_BYTES = 1024 * 1024
# So many messages are taken at first, and each time twice as many, so that their size is known before many are taken.
FIRST_TAKEN = 4


class Fetched(Protocol[M_co]):
    """The part of the client's consumer that is used."""

    def consume(self, num_messages: int, timeout: float, /) -> Sequence[M_co]: ...


def take(consumer: Fetched[M], first: M, max_records: int) -> list[M]:
    """A message, and what is there already behind it: `max_records` in all at most, and not much over `POLL_BYTES`."""
    messages, size_bytes, at_once = [first], len(first.value() or b""), FIRST_TAKEN
    while len(messages) < max_records and size_bytes < POLL_BYTES:
        as_large_as_these = 1 + (POLL_BYTES - size_bytes) * len(messages) // max(1, size_bytes)
        wanted = min(at_once, max_records - len(messages), as_large_as_these)
        found = consumer.consume(wanted, 0)
        messages += found
        if len(found) < wanted:
            break
        size_bytes += sum(len(message.value() or b"") for message in found)
        at_once *= 2
    return messages
