"""Carries out the plan: does to the parts what it says when it says so, and puts them right again."""

import contextlib
import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.soak.happened import Happened
from tests.soak.parts import Part
from tests.soak.plan import KILLS, Edge, Fault, Kind, Step
from tests.support.waiting import until

BACK_S = 90.0
STARTED_S = 60.0
# A part that is slowed runs for one and rests for the other.
RUNS_S, RESTS_S = 0.02, 0.06
_METADATA, _VERSION, _CORRELATION = 3, 1, 7


class Director:
    """One thread calls it; what takes longer has a thread of its own.

    Args:
        parts: by the names that the plan uses.
        mood: the file that tells the model what to do.
        broker: its address.
    """

    def __init__(self, parts: Mapping[str, Part], mood: Path, broker: str) -> None:
        self.happened: list[Happened] = []
        self._parts = parts
        self._mood = mood
        self._broker = broker
        self._begun: dict[Fault, Happened] = {}
        self._undo: dict[Fault, Callable[[], None]] = {}
        self._waiting: list[threading.Thread] = []

    def perform(self, step: Step) -> None:
        if step.edge is Edge.BEGIN:
            self._begin(step.fault)
        elif step.fault in self._undo:
            self._end(step.fault)

    def put_right(self) -> None:
        """End everything that has begun."""
        for fault in list(self._undo):
            self._end(fault)
        for thread in self._waiting:
            thread.join()

    def returning(self) -> bool:
        """Whether a broker that was started again is not back yet."""
        return any(thread.is_alive() for thread in self._waiting)

    def _begin(self, fault: Fault) -> None:
        part = self._parts[fault.victim]
        match fault.kind:
            case kind if kind in KILLS:
                # It may still be starting after the last time.
                until(part.pids, STARTED_S)
                self._now(fault)
                part.kill(kind)
                self._undo[fault] = part.start
            case Kind.STOP:
                pids = until(part.pids, STARTED_S)
                self._now(fault)
                _signal(pids, signal.SIGSTOP)
                self._undo[fault] = lambda: _signal(pids, signal.SIGCONT)
            case Kind.SLOW:
                pids = until(part.pids, STARTED_S)
                self._now(fault)
                self._undo[fault] = _slowed(pids)
            case kind:
                self._now(fault)
                self._mood.write_text(kind.value, encoding="utf-8")
                self._undo[fault] = lambda: _cleared(self._mood)

    def _now(self, fault: Fault) -> None:
        self._begun[fault] = Happened(fault, time.monotonic(), time.time_ns() // 1_000_000, 0.0)

    def _end(self, fault: Fault) -> None:
        self._undo.pop(fault)()
        if fault.victim == "broker" and fault.kind is Kind.KILL:
            waiting = threading.Thread(target=self._note_return, args=(fault,))
            waiting.start()
            self._waiting.append(waiting)
        else:
            self._note(fault)

    def _note_return(self, fault: Fault) -> None:
        until(lambda: serves(self._broker), BACK_S)
        self._note(fault)

    def _note(self, fault: Fault) -> None:
        self.happened.append(self._begun.pop(fault)._replace(back_s=time.monotonic()))


def serves(broker: str) -> bool:
    """Whether a broker answers and names itself; asked without a client, which would wait between its tries."""
    host, port = broker.split(":")
    # No client id, and no topics.
    request = struct.pack(">hhihi", _METADATA, _VERSION, _CORRELATION, -1, 0)
    try:
        with socket.create_connection((host, int(port)), 1) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            size, _, brokers = struct.unpack(">iii", _received(connection, 12))
    except (OSError, struct.error):
        return False
    return bool(size and brokers)


def _received(connection: socket.socket, size: int) -> bytes:
    held = b""
    while len(held) < size and (more := connection.recv(size - len(held))):
        held += more
    return held


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        # It may have been killed, or have ended, meanwhile.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _slowed(pids: list[int]) -> Callable[[], None]:
    """Stop the processes again and again; what ends that."""
    ended = threading.Event()

    def pulse() -> None:
        while not ended.is_set():
            _signal(pids, signal.SIGSTOP)
            # The slowdown itself: the processes rest for this long.
            time.sleep(RESTS_S)
            _signal(pids, signal.SIGCONT)
            ended.wait(RUNS_S)

    thread = threading.Thread(target=pulse)
    thread.start()

    def end() -> None:
        ended.set()
        thread.join()

    return end


def _cleared(mood: Path) -> None:
    mood.write_text("", encoding="utf-8")
