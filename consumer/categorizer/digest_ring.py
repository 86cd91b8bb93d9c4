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
    has its size from its first ticket on: whoever gives it a limit of memory learns at once whether it is enough.

    Args:
        most: how many are remembered, at least one; 24 to 28 bytes for each.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._added = 0
        # A ring of places, each with a digest; and for each bucket its newest place, for each place the next older one
        # of its bucket. Filled and not merely reserved: memory that nobody wrote to is not yet taken.
        self._digests = bytearray(b"\xff") * (most * DIGEST_BYTES)
        self._older = array("i", [_NONE]) * most
        self._newest = array("i", [_NONE]) * (1 << (most - 1).bit_length())

    def __contains__(self, wanted: bytes) -> bool:
        digests, older = self._digests, self._older
        place = self._newest[self._bucket(wanted)]
        while place != _NONE:
            begin = place * DIGEST_BYTES
            if digests[begin : begin + DIGEST_BYTES] == wanted:
                return True
            place = older[place]
        return False

    def __len__(self) -> int:
        return min(self._added, self._most)

    def add(self, new: bytes) -> None:
        """Remember one as the newest; the oldest goes if there are too many."""
        place = self._added % self._most
        if self._added >= self._most:
            self._unlink(place)
        begin = place * DIGEST_BYTES
        self._digests[begin : begin + DIGEST_BYTES] = new
        bucket = self._bucket(new)
        self._older[place] = self._newest[bucket]
        self._newest[bucket] = place
        self._added += 1

    def _unlink(self, oldest: int) -> None:
        """Take out the place that came first of all: it is the last one of its bucket."""
        begin = oldest * DIGEST_BYTES
        bucket = self._bucket(self._digests[begin : begin + DIGEST_BYTES])
        place = self._newest[bucket]
        if place == oldest:
            self._newest[bucket] = _NONE
            return
        while self._older[place] != oldest:
            place = self._older[place]
        self._older[place] = _NONE

    def _bucket(self, beginning: bytes | bytearray) -> int:
        return int.from_bytes(beginning[:4], "little") & len(self._newest) - 1
