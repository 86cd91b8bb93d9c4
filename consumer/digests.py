"""The digests that were added last, in little more memory than they take themselves."""

from hashlib import blake2b

DIGEST_BYTES = 16
# Of 50,000 digests each bucket holds about 50: fewer bytes than would be worth an index.
_BUCKETS = 1024
_PREFIX_BYTES = 2


def digest(text: str) -> bytes:
    """What a text is remembered by."""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=DIGEST_BYTES).digest()


class Digests:
    """A set of digests that forgets the oldest ones.

    A dict of as many takes ten times the memory, and takes it in leaps when it makes room for more.

    Args:
        most: how many are remembered.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        # Digests end to end, in the order of their coming; a bytearray is shortened from its front at no cost.
        self._buckets = [bytearray() for _ in range(_BUCKETS)]
        # The first bytes of all of them in that order: they tell the bucket, and its first digest is the oldest.
        self._order = bytearray()

    def __contains__(self, wanted: bytes) -> bool:
        bucket = self._buckets[(wanted[0] << 8 | wanted[1]) % _BUCKETS]
        found = bucket.find(wanted)
        # One that begins within another and ends in the next is none.
        while found > 0 and found % DIGEST_BYTES:
            found = bucket.find(wanted, found + 1)
        return found >= 0

    def __len__(self) -> int:
        return len(self._order) // _PREFIX_BYTES

    def add(self, new: bytes) -> None:
        """Remember one as the newest; the oldest goes if there are too many."""
        order = self._order
        order += new[:_PREFIX_BYTES]
        self._buckets[(new[0] << 8 | new[1]) % _BUCKETS] += new
        if len(self) > self._most:
            del self._buckets[(order[0] << 8 | order[1]) % _BUCKETS][:DIGEST_BYTES]
            del order[:_PREFIX_BYTES]
