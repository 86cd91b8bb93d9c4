"""Reads the bytes of Kafka's protocol one after the other: https://kafka.apache.org/protocol#protocol_types."""


class Cursor:
    """A place in the bytes of a request or an answer.

    Attributes:
        data: the bytes.
        at: what is read next.
        flexible: whether lengths are varints and tags follow each structure, as in each API's later versions.
    """

    def __init__(self, data: bytes, *, flexible: bool) -> None:
        self.data = data
        self.at = 0
        self.flexible = flexible

    def number(self, size: int) -> int:
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at], "big", signed=True)

    def varint(self) -> int:
        """An unsigned one.

        Raises:
            IndexError: the bytes end before it does.
        """
        found = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            found |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return found

    def length(self, size: int) -> int:
        """Of an array, a string or bytes; -1 is null."""
        return self.varint() - 1 if self.flexible else self.number(size)

    def string(self) -> bytes:
        """The bytes of a string; none for null."""
        size = max(0, self.length(2))
        self.at += size
        return self.data[self.at - size : self.at]

    def skip(self, size: int) -> None:
        self.at += size

    def skip_tags(self) -> None:
        if self.flexible:
            for _ in range(self.varint()):
                self.varint()
                self.skip(self.varint())
