"""Keeps the broker's answers to fetches within the bytes that the client asks for.

The broker ignores the bounds of a fetch and answers with all that there is. A client refuses an answer above its
`receive.message.max.bytes`, asks again, and never gets any further. Here what is beyond the bound is left out, whole
batches of it: the client asks for it next. As in Kafka, the first batch comes whatever its size.
Layouts: https://kafka.apache.org/protocol#The_Messages_Fetch, versions 4 to 13.
"""

from sandbox.cursor import Cursor

OLDEST, NEWEST = 4, 13
FLEXIBLE = 12
# The offset and the length stand before the bytes that a batch's length counts.
_BATCH_HEAD = 12


def max_bytes(request: bytes, version: int) -> int:
    """Return how many bytes a fetch asks for at most; 0 when it does not say."""
    if not OLDEST <= version <= NEWEST:
        return 0
    cursor = Cursor(request, flexible=False)
    cursor.skip(8)
    # The client's name has the old layout in all versions.
    cursor.string()
    cursor.flexible = version >= FLEXIBLE
    try:
        cursor.skip_tags()
    except IndexError:
        return 0
    # The replica, the longest wait and the fewest bytes.
    cursor.skip(4 + 4 + 4)
    return cursor.number(4)


def bounded(answer: bytes, version: int, bound: int) -> bytes:
    """Return the answer, which begins with the correlation id, with records of at most `bound` bytes.

    Args:
        answer: as the broker sent it.
        version: of the request.
        bound: in bytes; 0 is none.
    """
    if not bound or len(answer) <= bound or not OLDEST <= version <= NEWEST:
        return answer
    try:
        return _Answer(answer, version, bound).cut()
    except IndexError:
        return answer


class _Answer:
    """One answer on its way through: what was read of it is copied, but for records beyond the bound."""

    def __init__(self, answer: bytes, version: int, bound: int) -> None:
        self._cursor = Cursor(answer, flexible=version >= FLEXIBLE)
        self._version = version
        self._bound = bound
        self._parts: list[bytes] = []
        self._copied = 0
        self._kept = 0

    def cut(self) -> bytes:
        cursor, version = self._cursor, self._version
        cursor.skip(4)
        cursor.skip_tags()
        cursor.skip(4 + (2 + 4 if version >= 7 else 0))
        for _ in range(cursor.length(4)):
            cursor.skip(16 if version >= 13 else max(0, cursor.length(2)))
            for _ in range(cursor.length(4)):
                self._cut_partition()
            cursor.skip_tags()
        self._parts.append(cursor.data[self._copied :])
        return b"".join(self._parts)

    def _cut_partition(self) -> None:
        cursor = self._cursor
        cursor.skip(4 + 2 + 8 + 8 + (8 if self._version >= 5 else 0))
        for _ in range(max(0, cursor.length(4))):
            cursor.skip(8 + 8)
            cursor.skip_tags()
        cursor.skip(4 if self._version >= 11 else 0)
        length_at = cursor.index
        size = max(0, cursor.length(4))
        begin = cursor.index
        cursor.skip(size)
        cursor.skip_tags()
        kept = self._whole_batches(begin, size)
        self._kept += kept
        if kept == size:
            return
        length = _varint(kept + 1) if cursor.flexible else kept.to_bytes(4, "big")
        self._parts += [cursor.data[self._copied : length_at], length, cursor.data[begin : begin + kept]]
        self._copied = begin + size

    def _whole_batches(self, begin: int, size: int) -> int:
        """How many bytes of these records are kept."""
        data, kept = self._cursor.data, 0
        while kept + _BATCH_HEAD <= size:
            at = begin + kept + 8
            batch = _BATCH_HEAD + int.from_bytes(data[at : at + 4], "big")
            beyond = self._kept + kept + batch > self._bound
            if kept + batch > size or (beyond and self._kept + kept):
                break
            kept += batch
        return kept


def _varint(number: int) -> bytes:
    found = bytearray()
    while number >= 0x80:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)
