"""A partition's log as the broker keeps it, read without any Kafka client: who wrote what, and what became of it.

Fetch version 4 and record batches of magic 2, uncompressed. Transactions are resolved here, by their markers, whatever
the broker says of them. Protocol: https://kafka.apache.org/protocol and https://kafka.apache.org/documentation/#recordbatch.
"""

import socket
import struct
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple, Self

_FETCH = 1
_VERSION = 4
_MAX_BYTES = 32 * 1024 * 1024
_COMPRESSION, _TRANSACTIONAL, _CONTROL = 0x07, 0x10, 0x20
_COMMIT = 1
_TIMEOUT_S = 20.0
_NOT_LEADER = 6


class Fate(Enum):
    """What became of a record."""

    COMMITTED = auto()
    ABORTED = auto()
    PENDING = auto()


class Entry(NamedTuple):
    """One record of the log."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]
    fate: Fate


class _Bytes:
    """Reads big-endian numbers and Kafka's variable-length ones off a buffer."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big", signed=True)

    def varint(self) -> int:
        shift = value = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return (value >> 1) ^ -(value & 1)

    def take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise EOFError
        self._at += size
        return taken

    def chunk(self) -> bytes | None:
        """Bytes after their length as a varint; -1 is null."""
        size = self.varint()
        return None if size < 0 else self.take(size)


class _Batch(NamedTuple):
    base_offset: int
    last_offset: int
    attributes: int
    producer_id: int
    length: int
    records: _Bytes


class RawLog:
    """Reads topics from brokers, all of which are named; use it with `with`."""

    def __init__(self, brokers: str) -> None:
        addresses = (broker.split(":") for broker in brokers.split(","))
        self._brokers = [socket.create_connection((host, int(port)), _TIMEOUT_S) for host, port in addresses]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for broker in self._brokers:
            broker.close()

    def entries(self, topic: str, partition: int) -> list[Entry]:
        """The whole log of a partition, markers left out."""
        found: list[Entry] = []
        pending: dict[int, list[int]] = {}
        for batch in self._batches(topic, partition):
            if batch.attributes & _CONTROL:
                fate = _marked(batch.records)
                for place in pending.pop(batch.producer_id, []):
                    found[place] = found[place]._replace(fate=fate)
                continue
            in_transaction = batch.attributes & _TRANSACTIONAL
            for entry in _entries(partition, batch):
                if in_transaction:
                    pending.setdefault(batch.producer_id, []).append(len(found))
                found.append(entry._replace(fate=Fate.PENDING if in_transaction else Fate.COMMITTED))
        return found

    def _batches(self, topic: str, partition: int) -> Iterator[_Batch]:
        offset, end = 0, 1
        while offset < end:
            end, data = self._fetch(topic, partition, offset)
            before = offset
            for batch in _split(data):
                if batch.last_offset >= offset:
                    yield batch
                    offset = batch.last_offset + 1
            assert offset > before or offset >= end, f"{topic}-{partition}: nothing at {offset}, the end is {end}"

    def _fetch(self, topic: str, partition: int, offset: int) -> tuple[int, bytes]:
        """The end of the log and the batches from an offset on."""
        name = topic.encode()
        # What is there at once: for an empty partition Kafka would wait for something to come.
        body = struct.pack(">iiiib", -1, 0, 0, _MAX_BYTES, 0)
        body += struct.pack(">ih", 1, len(name)) + name + struct.pack(">iiqi", 1, partition, offset, _MAX_BYTES)
        head = struct.pack(">hhih", _FETCH, _VERSION, 7, -1)
        for broker in self._brokers:
            broker.sendall(struct.pack(">i", len(head + body)) + head + body)
            error, end, data = _fetched(_Bytes(_received(broker, int.from_bytes(_received(broker, 4), "big"))))
            if error != _NOT_LEADER:
                assert not error, f"{topic}-{partition}: Kafka's error {error}"
                return end, data
        raise AssertionError(f"{topic}-{partition}: no broker leads it")


def _fetched(answer: _Bytes) -> tuple[int, int, bytes]:
    """Of an answer about one partition: the error, the end of the log, the batches."""
    # Correlation, throttle time, one topic, its name.
    answer.take(4 + 4 + 4)
    answer.take(answer.number(2))
    # One partition, its number.
    answer.take(4 + 4)
    error, end, _stable = answer.number(2), answer.number(8), answer.number(8)
    for _ in range(max(0, answer.number(4))):
        answer.take(16)
    return error, end, answer.take(max(0, answer.number(4)))


def _received(broker: socket.socket, size: int) -> bytes:
    held = b""
    while len(held) < size:
        more = broker.recv(size - len(held))
        assert more, "the broker hung up"
        held += more
    return held


def _split(data: bytes) -> Iterator[_Batch]:
    """The whole batches of an answer; its end may cut one."""
    rest = _Bytes(data)
    while True:
        try:
            base_offset, size = rest.number(8), rest.number(4)
            batch = _Bytes(rest.take(size))
        except EOFError:
            return
        # Leader epoch, magic, checksum.
        batch.take(4 + 1 + 4)
        attributes, last_delta = batch.number(2), batch.number(4)
        assert not attributes & _COMPRESSION, "this reader knows uncompressed batches only"
        # First and last timestamp.
        batch.take(16)
        producer_id = batch.number(8)
        # Producer epoch, first sequence number.
        batch.take(6)
        yield _Batch(base_offset, base_offset + last_delta, attributes, producer_id, batch.number(4), batch)


def _entries(partition: int, batch: _Batch) -> Iterator[Entry]:
    for _ in range(batch.length):
        record = _Bytes(batch.records.chunk() or b"")
        record.take(1)
        record.varint()
        offset = batch.base_offset + record.varint()
        key, value = record.chunk(), record.chunk()
        headers = {(record.chunk() or b"").decode(): record.chunk() or b"" for _ in range(record.varint())}
        yield Entry(partition, offset, key, value, headers, Fate.COMMITTED)


def _marked(records: _Bytes) -> Fate:
    """What a control batch says of its producer's transaction."""
    record = _Bytes(records.chunk() or b"")
    record.take(1)
    record.varint()
    record.varint()
    kind = int.from_bytes((record.chunk() or b"")[2:4], "big")
    return Fate.COMMITTED if kind == _COMMIT else Fate.ABORTED
