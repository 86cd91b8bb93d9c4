"""Reads the bytes of Kafka's protocol in their order: https://kafka.apache.org/protocol#protocol_types."""


class Cursor:
    """A position in the bytes of a request or an answer.

    Attributes:
        data: the bytes.
        index: the next byte to read.
        flexible: whether lengths are varints and tags follow each structure, as in later versions of each API.
    """

    def __init__(self, data: bytes, *, flexible: bool) -> None:
        self.data = data
        self.index = 0
        self.flexible = flexible

    def number(self, size: int) -> int:
        self.index += size
        return int.from_bytes(self.data[self.index - size : self.index], "big", signed=True)

    def varint(self) -> int:
        """Read an unsigned varint.

        Raises:
            IndexError: the bytes end within it.
        """
        found = shift = 0
        while True:
            byte = self.data[self.index]
            self.index += 1
            found |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return found

    def length(self, size: int) -> int:
        """Read the length of an array, a string or bytes; -1 is null."""
        return self.varint() - 1 if self.flexible else self.number(size)

    def string(self) -> bytes:
        """Read the bytes of a string; empty for null."""
        size = max(0, self.length(2))
        self.index += size
        return self.data[self.index - size : self.index]

    def skip(self, size: int) -> None:
        self.index += size

    def skip_tags(self) -> None:
        if self.flexible:
            for _ in range(self.varint()):
                self.varint()
                self.skip(self.varint())
