"""Partitions of the broker in memory: records, and the markers that end transactions."""

from collections import defaultdict
from typing import NamedTuple

from consumer.kafka.records import Headers, TopicPartition
from tests.support.rawlog import Entry, Fate


class Sent(NamedTuple):
    """A record on its way to a log."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Log:
    """One partition: entries, and markers that take an offset each."""

    def __init__(self, number: int) -> None:
        self.entries: list[Entry] = []
        self.end = 0
        self._number = number
        self._writers: dict[int, list[int]] = defaultdict(list)

    def append(self, record: Sent, writer: int | None) -> int:
        """Add a record; with a writer it is pending until that one's marker comes."""
        headers = {name: _bytes(value) for name, value in record.headers}
        fate = Fate.COMMITTED if writer is None else Fate.PENDING
        if writer is not None:
            self._writers[writer].append(len(self.entries))
        self.entries.append(Entry(self._number, self.end, record.key, record.value, headers, fate))
        self.end += 1
        return self.end - 1

    def mark(self, writer: int, fate: Fate) -> None:
        for index in self._writers.pop(writer, []):
            self.entries[index] = self.entries[index]._replace(fate=fate)
        self.end += 1

    @property
    def stable_end(self) -> int:
        """Where readers of committed records stop."""
        return next((entry.offset for entry in self.entries if entry.fate is Fate.PENDING), self.end)


class Logs(defaultdict[TopicPartition, Log]):
    """Partitions by topic and number, made when they are first asked for."""

    def __missing__(self, key: TopicPartition) -> Log:
        log = self[key] = Log(key[1])
        return log


def _bytes(value: str | bytes | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""
