"""Mends the broker's answers to fetches: of aborted transactions it names those too that ended before the fetch.

A client takes a transaction that is named for one whose end is still to come, and drops everything that the same
producer has written since. Kafka names only those that overlap what is fetched, so an entry is kept only when the end
it announces is among the records. Layouts: https://kafka.apache.org/protocol#The_Messages_Fetch, versions 4 to 13.
"""

from collections import defaultdict
from typing import NamedTuple

from sandbox.cursor import Cursor

OLDEST, NEWEST = 4, 13
_FLEXIBLE = 12
# Entries stay where they are and begin beyond every offset: no byte of the answer has to move.
_NEVER = (2**63 - 1).to_bytes(8, "big")
_CONTROL = 0x20
_ABORT = 0
_HEADER_BYTES = 61


class _Named(NamedTuple):
    """An aborted transaction in an answer: where its first offset is written, and what it is."""

    at: int
    producer: int
    first: int


def mended(answer: bytes, version: int) -> bytes:
    """The answer, correlation id first, without transactions whose end is not in it."""
    if not OLDEST <= version <= NEWEST:
        return answer
    try:
        stale = _stale(Cursor(answer, flexible=version >= _FLEXIBLE), version)
    except IndexError:
        return answer
    if not stale:
        return answer
    changed = bytearray(answer)
    for at in stale:
        changed[at : at + 8] = _NEVER
    return bytes(changed)


def _stale(answer: Cursor, version: int) -> list[int]:
    answer.skip(4)
    answer.skip_tags()
    answer.skip(4 + (2 + 4 if version >= 7 else 0))
    found: list[int] = []
    for _ in range(answer.length(4)):
        answer.skip(16 if version >= 13 else max(0, answer.length(2)))
        for _ in range(answer.length(4)):
            found += _stale_in_partition(answer, version)
        answer.skip_tags()
    return found


def _stale_in_partition(answer: Cursor, version: int) -> list[int]:
    answer.skip(4 + 2 + 8 + 8 + (8 if version >= 5 else 0))
    named: list[_Named] = []
    for _ in range(max(0, answer.length(4))):
        producer, at = answer.number(8), answer.at
        named.append(_Named(at, producer, answer.number(8)))
        answer.skip_tags()
    answer.skip(4 if version >= 11 else 0)
    size = max(0, answer.length(4))
    begin = answer.at
    answer.skip(size)
    answer.skip_tags()
    if not named:
        return []
    ends = _ends(answer.data[begin : begin + size])
    stale = []
    for each in sorted(named, key=lambda entry: -entry.first):
        # The last to begin is the last to end.
        if ends[each.producer] and ends[each.producer][-1] > each.first:
            ends[each.producer].pop()
        else:
            stale.append(each.at)
    return stale


def _ends(records: bytes) -> defaultdict[int, list[int]]:
    """Where each producer's transactions were aborted, ascending; half a batch at the end is left out."""
    ends: defaultdict[int, list[int]] = defaultdict(list)
    at = 0
    while at + _HEADER_BYTES <= len(records):
        size = int.from_bytes(records[at + 8 : at + 12], "big") + 12
        if at + size > len(records):
            break
        if records[at + 22] & _CONTROL and _is_abort(records[at + _HEADER_BYTES : at + size]):
            producer = int.from_bytes(records[at + 43 : at + 51], "big")
            ends[producer].append(int.from_bytes(records[at : at + 8], "big"))
        at += size
    return ends


def _is_abort(record: bytes) -> bool:
    """Of a control batch's one record: length, attributes, time and offset, all a byte, then its key of four."""
    return record[7:9] == _ABORT.to_bytes(2, "big")
