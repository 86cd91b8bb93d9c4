"""What comes from Kafka and what goes to it, free of any client library."""

from typing import NamedTuple

from schemas.derived import timed
from schemas.position import Position

TopicPartition = tuple[str, int]
Headers = list[tuple[str, str | bytes | None]]


class Record(NamedTuple):
    """One consumed record, byte for byte as it was written, with its position."""

    position: Position
    key: bytes | None
    value: bytes | None
    headers: Headers

    @property
    def partition(self) -> TopicPartition:
        return self.position[0], self.position[1]

    @property
    def next_offset(self) -> int:
        """The offset to commit once this record is done: Kafka commits what is to be read next."""
        return self.position[2] + 1

    @property
    def size(self) -> int:
        """Bytes that this record holds in memory, without Python's own."""
        return len(self.value or b"") + len(self.key or b"")

    @property
    def carried_bytes(self) -> int:
        """Bytes that Kafka carries of it: key, value and headers."""
        headers = self.headers
        return self.size + (sum(len(name) + len(value or b"") for name, value in headers) if headers else 0)

    def at(self, read_ms: int) -> "Record":
        """This record, with the time of reading where Kafka has none for it; `read_ms` since the epoch."""
        position = timed(self.position, read_ms)
        return self if position is self.position else self._replace(position=position)

    def header(self, name: str) -> str | None:
        """The last header of that name as text; None when it is missing or no UTF-8."""
        for key, value in reversed(self.headers):
            if key == name and isinstance(value, bytes):
                try:
                    return value.decode()
                except UnicodeDecodeError:
                    return None
        return None


class Message(NamedTuple):
    """One record to produce."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers | None = None
    # -1: the key decides.
    partition: int = -1
