"""Corrects the aborted transactions in the broker's answers to fetches.

Kafka lists only the aborted transactions that overlap the fetched records. The broker also lists those that ended
before them. A client expects the end of each listed transaction, and until it comes drops everything that its producer
wrote. So an entry is kept only when the end of its transaction is among the records.
Layouts: https://kafka.apache.org/protocol#The_Messages_Fetch, versions 4 to 13.
"""

from collections import defaultdict
from typing import NamedTuple

from sandbox.cursor import Cursor

OLDEST, NEWEST = 4, 13
_FLEXIBLE = 12
# A stale entry gets a first offset beyond all records, so that no byte of the answer has to move.
_NEVER = (2**63 - 1).to_bytes(8, "big")
_CONTROL = 0x20
_ABORT = 0
_HEADER_BYTES = 61


class _Entry(NamedTuple):
    """An aborted transaction in an answer.

    Attributes:
        written_at: where its first offset is written in the answer.
        producer: its producer id.
        first: its first offset.
    """

    written_at: int
    producer: int
    first: int


def corrected(answer: bytes, version: int) -> bytes:
    """Return the answer, which begins with the correlation id, without aborted transactions whose end is not in it."""
    if not OLDEST <= version <= NEWEST:
        return answer
    try:
        stale = _stale(Cursor(answer, flexible=version >= _FLEXIBLE), version)
    except IndexError:
        return answer
    if not stale:
        return answer
    changed = bytearray(answer)
    for index in stale:
        changed[index : index + 8] = _NEVER
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
    entries: list[_Entry] = []
    for _ in range(max(0, answer.length(4))):
        producer, written_at = answer.number(8), answer.index
        entries.append(_Entry(written_at, producer, answer.number(8)))
        answer.skip_tags()
    answer.skip(4 if version >= 11 else 0)
    size = max(0, answer.length(4))
    begin = answer.index
    answer.skip(size)
    answer.skip_tags()
    if not entries:
        return []
    ends = _ends(answer.data[begin : begin + size])
    stale = []
    for entry in sorted(entries, key=lambda entry: -entry.first):
        # A producer's transactions end in the order in which they began.
        if ends[entry.producer] and ends[entry.producer][-1] > entry.first:
            ends[entry.producer].pop()
        else:
            stale.append(entry.written_at)
    return stale


def _ends(records: bytes) -> defaultdict[int, list[int]]:
    """Return the ascending offsets at which each producer's transactions were aborted; a cut last batch is left out."""
    ends: defaultdict[int, list[int]] = defaultdict(list)
    index = 0
    while index + _HEADER_BYTES <= len(records):
        size = int.from_bytes(records[index + 8 : index + 12], "big") + 12
        if index + size > len(records):
            break
        if records[index + 22] & _CONTROL and _is_abort(records[index + _HEADER_BYTES : index + size]):
            producer = int.from_bytes(records[index + 43 : index + 51], "big")
            ends[producer].append(int.from_bytes(records[index : index + 8], "big"))
        index += size
    return ends


def _is_abort(record: bytes) -> bool:
    """Read a control batch's one record: length, attributes, time and offset take a byte each, then comes the key."""
    return record[7:9] == _ABORT.to_bytes(2, "big")
