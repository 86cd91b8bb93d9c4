"""A worker's metrics in memory that it shares with its supervisor.

The supervisor makes the memory, hands its descriptor to the worker and reads it: no disk is needed, values outlive the
worker, and nothing outlives the supervisor. All of the memory exists before a value is written: a file that grows on a
full disk would end the worker with SIGBUS.
"""

import json
import mmap
import os
import struct
from collections.abc import Iterator, Sequence
from functools import lru_cache
from tempfile import TemporaryFile
from threading import Lock
from typing import Any, NamedTuple

import structlog
from prometheus_client import values

log = structlog.get_logger()

# A worker's metrics take less than a half of it; each set of foreign labels takes some 200 bytes more.
MEMORY_BYTES = 192 * 1024
DESCRIPTOR = "TICKETSTREAM_METRICS_DESCRIPTOR"

# What the memory begins with, then how many bytes are used, then the entries: the length of the key, the key as JSON,
# padding to the next multiple of eight, the value.
_MAGIC = 0x7469_636B_6574_7331
_HEAD = struct.Struct("=QQ")
_LENGTH = struct.Struct("=Q")
_DOUBLE = struct.Struct("=d")
_WORD_BYTES = 8


class Key(NamedTuple):
    """What a value is: `mode` says how gauges of several processes become one; labels are pairs."""

    kind: str
    mode: str
    metric: str
    sample: str
    labels: tuple[tuple[str, str], ...]


def allocate() -> int:
    """Make the memory of one worker, all of it at once.

    Returns:
        Its descriptor.

    Raises:
        OSError: descriptors or memory are used up.
    """
    descriptor = _memory_file()
    try:
        os.pwrite(descriptor, _HEAD.pack(_MAGIC, _HEAD.size) + bytes(MEMORY_BYTES - _HEAD.size), 0)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _memory_file() -> int:
    if in_memory := getattr(os, "memfd_create", None):
        return int(in_memory("ticketstream-metrics"))
    # Where there is no such thing, a file without a name, which is gone with the last process that has it open.
    with TemporaryFile() as file:
        return os.dup(file.fileno())


def read(descriptor: int) -> Iterator[tuple[Key, float]]:
    """Every value in the memory of a worker, also while the worker writes.

    Raises:
        OSError: the descriptor is closed.
    """
    used = _HEAD.unpack(os.pread(descriptor, _HEAD.size, 0))[1]
    memory = os.pread(descriptor, used, 0)
    position = _HEAD.size
    while position < used:
        (length,) = _LENGTH.unpack_from(memory, position)
        begin = position + _LENGTH.size
        position = begin + _padded(length)
        yield _key(memory[begin : begin + length]), _DOUBLE.unpack_from(memory, position)[0]
        position += _DOUBLE.size


@lru_cache(4096)
def _key(text: bytes) -> Key:
    kind, mode, metric, sample, labels = json.loads(text)
    return Key(kind, mode, metric, sample, tuple((name, value) for name, value in labels))


def share(descriptor: int) -> None:
    """Let every metric that is made from now on keep its values in this memory; without effect when it is none."""
    try:
        memory = mmap.mmap(descriptor, MEMORY_BYTES)
    except (OSError, ValueError):
        # The descriptor came through the environment, and the process that named it may not be our parent.
        return
    if _HEAD.unpack_from(memory)[0] == _MAGIC:
        values.ValueClass = _value_class(_Memory(memory))


class _Memory:
    """The worker's side of the memory. Thread-safe."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory
        self._words = memoryview(memory).cast("d")
        self._lock = Lock()
        self._places: dict[bytes, memoryview[float]] = {}
        self._full = False

    def place(self, key: bytes) -> "memoryview[float]":
        """Where the value of this key is; in this process alone when the memory is full."""
        with self._lock:
            if key not in self._places:
                self._places[key] = self._entered(key)
            return self._places[key]

    def _entered(self, key: bytes) -> "memoryview[float]":
        used = _HEAD.unpack_from(self._memory)[1]
        at = used + _LENGTH.size + _padded(len(key))
        if at + _DOUBLE.size > MEMORY_BYTES:
            if not self._full:
                log.warning("metrics.full", detail="further metrics of this worker are not shown at /metrics")
            self._full = True
            return memoryview(bytearray(_DOUBLE.size)).cast("d")
        begin = used + _LENGTH.size
        _LENGTH.pack_into(self._memory, used, len(key))
        self._memory[begin : begin + len(key)] = key
        # Last, so that a reader sees the whole entry or nothing.
        _HEAD.pack_into(self._memory, 0, _MAGIC, at + _DOUBLE.size)
        word = at // _WORD_BYTES
        return self._words[word : word + 1]


def _value_class(memory: _Memory) -> Any:
    """The class of prometheus_client's values, which it calls with these arguments."""

    class SharedValue:
        """One value. Thread-safe; a reader sees the value before or after a change."""

        def __init__(
            self,
            kind: str,
            metric: str,
            sample: str,
            label_names: Sequence[str],
            label_values: Sequence[str],
            _help: str,
            multiprocess_mode: str = "",
            **_: Any,
        ) -> None:
            labels = sorted(zip(label_names, label_values, strict=True))
            self._place = memory.place(json.dumps([kind, multiprocess_mode, metric, sample, labels]).encode())
            self._lock = Lock()

        def inc(self, amount: float) -> None:
            with self._lock:
                self._place[0] += amount

        def set(self, value: float) -> None:
            with self._lock:
                self._place[0] = value

        def get(self) -> float:
            return self._place[0]

        def set_exemplar(self, exemplar: object) -> None:
            """Exemplars are not shown."""

        def get_exemplar(self) -> None:
            """Exemplars are not shown."""

    return SharedValue


def _padded(length: int) -> int:
    return -(-length // _WORD_BYTES) * _WORD_BYTES
