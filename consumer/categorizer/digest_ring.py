"""The digests that were added last, in memory that is taken once and never grows."""

from array import array
from hashlib import blake2b

DIGEST_BYTES = 16
_NONE = -1


def digest(text: str) -> bytes:
    """What a text is remembered by."""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=DIGEST_BYTES).digest()


class Digests:
    """A set of digests that forgets the oldest ones.

    A dict of as many takes four times the memory, and takes it in leaps when it makes room for more. Here a process
    has its size from its first ticket on: a limit of memory shows at once whether it is enough.

    Args:
        most: how many are remembered, at least one; 24 to 28 bytes for each.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._added = 0
        # A ring of entries, each with a digest; for each bucket the index of its newest entry, for each entry the next
        # older of its bucket. Filled and not merely reserved: memory that was never written to is not yet taken.
        self._digests = bytearray(b"\xff") * (most * DIGEST_BYTES)
        self._older = array("i", [_NONE]) * most
        self._newest = array("i", [_NONE]) * (1 << (most - 1).bit_length())

    def __contains__(self, wanted: bytes) -> bool:
        digests, older = self._digests, self._older
        index = self._newest[self._bucket(wanted)]
        while index != _NONE:
            begin = index * DIGEST_BYTES
            if digests[begin : begin + DIGEST_BYTES] == wanted:
                return True
            index = older[index]
        return False

    def __len__(self) -> int:
        return min(self._added, self._most)

    def add(self, new: bytes) -> None:
        """Remember one as the newest; the oldest goes if there are too many."""
        index = self._added % self._most
        if self._added >= self._most:
            self._unlink(index)
        begin = index * DIGEST_BYTES
        self._digests[begin : begin + DIGEST_BYTES] = new
        bucket = self._bucket(new)
        self._older[index] = self._newest[bucket]
        self._newest[bucket] = index
        self._added += 1

    def _unlink(self, oldest: int) -> None:
        """Take out the index that came first of all: it is the last one of its bucket."""
        begin = oldest * DIGEST_BYTES
        bucket = self._bucket(self._digests[begin : begin + DIGEST_BYTES])
        index = self._newest[bucket]
        if index == oldest:
            self._newest[bucket] = _NONE
            return
        while self._older[index] != oldest:
            index = self._older[index]
        self._older[index] = _NONE

    def _bucket(self, beginning: bytes | bytearray) -> int:
        return int.from_bytes(beginning[:4], "little") & len(self._newest) - 1
