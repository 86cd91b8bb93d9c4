"""What the metadata of a committed offset says: kept by Kafka with the offset, it moves to whoever reads on."""

from typing import NamedTuple


class OffsetMetadata(NamedTuple):
    """Beside an offset; one that says nothing is the empty text, which almost every commit has.

    Attributes:
        until: somebody began at the offset, read up to before this one, and committed nothing yet; 0: nobody.
        attempts: how often the record at the offset was handled alone by a process that did not come to its commit.
        run: so many records just before the offset were dead letters.
        letters: so many of the offset's block were (see `consumer.bad_records.flood`).
        again: how many before the last began at the offset too, and came to its commit as little.
    """

    until: int = 0
    attempts: int = 0
    run: int = 0
    letters: int = 0
    again: int = 0

    @property
    def text(self) -> str:
        return " ".join(f"{name}={number}" for name, number in self._asdict().items() if number)


def read(text: str) -> OffsetMetadata:
    """A bookmark from the metadata; what others have written says nothing."""
    try:
        return OffsetMetadata(**{name: int(number) for name, number in (word.split("=") for word in text.split())})
    except (TypeError, ValueError):
        return OffsetMetadata()
