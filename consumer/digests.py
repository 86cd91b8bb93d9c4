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

    A dict of as many takes seven times the memory, and takes it in leaps when it makes room for more.

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
        bucket = self._bucket(wanted)
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
        self._bucket(new).extend(new)
        if len(self) > self._most:
            del self._bucket(order)[:DIGEST_BYTES]
            del order[:_PREFIX_BYTES]

    def _bucket(self, beginning: bytes | bytearray) -> bytearray:
        return self._buckets[(beginning[0] << 8 | beginning[1]) % _BUCKETS]
