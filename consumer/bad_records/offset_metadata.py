"""What the metadata of a committed offset says: kept by Kafka beside the offset, it moves to the next owner."""

from typing import NamedTuple


class OffsetMetadata(NamedTuple):
    """Kept beside an offset; almost every commit has the empty text, which says nothing.

    Attributes:
        until: the takeover marker: a worker began at the offset, read up to before this one, and committed nothing
            yet; 0 is no marker.
        attempts: how often the record at the offset was handled by itself in a process that crashed before its commit.
        run: how many of the last records before the offset were dead letters, in a row.
        letters: how many dead letters the offset's block has had (see `flood.py`).
        again: how many workers before the last began at the offset too, and crashed before a commit.
    """

    until: int = 0
    attempts: int = 0
    run: int = 0
    letters: int = 0
    again: int = 0

    @property
    def text(self) -> str:
        """As Kafka keeps it."""
        return " ".join(f"{name}={number}" for name, number in self._asdict().items() if number)


def parse(text: str) -> OffsetMetadata:
    """Read the metadata; what other programs have written says nothing."""
    try:
        return OffsetMetadata(**{name: int(number) for name, number in (word.split("=") for word in text.split())})
    except (TypeError, ValueError):
        return OffsetMetadata()
