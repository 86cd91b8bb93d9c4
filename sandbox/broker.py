"""The sandbox's broker: noida-db, a Kafka-compatible broker in a wheel, behind a door that makes it wait.

The broker answers a fetch at once, also when there is nothing to give, however long the client offers to wait.
Two idle consumers then keep two cores busy, asking twenty thousand times a second. The door, a proxy that knows
Kafka's frames, holds back an answer that repeats an earlier one, names itself where the broker names itself, and mends
what the broker says of aborted transactions (`sandbox.aborted`).

Of consumer groups it ends the sessions of dead members, and lets go of the connections of those that the broker forgets
to answer: they join again, and the group settles (`sandbox.membership`).
"""

import argparse
import asyncio
import contextlib
import signal
import socket
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from consumer.errors import ConfigurationError
from sandbox.aborted import mended
from sandbox.membership import Absent, Attendance, leaving

_EXECUTABLE = 0o755
_HOST = "127.0.0.1"
_FETCH = 1
# Metadata, FindCoordinator and DescribeCluster: the answers that name the broker's address.
_NAMING = frozenset({3, 10, 60})
_FIRST_HOLD_S = 0.002
_MAX_HOLD_S = 0.025
# An answer without records is small, and there are about as many of them as partitions.
_EMPTY_BYTES = 16 * 1024
_REMEMBERED = 256
_BUFFER_BYTES = 8 * 1024 * 1024
_LOOK_EVERY_S = 1.0
_TOLD_S = 5.0
# The broker writes its data when it stops.
_STOP_S = 15.0


def command(port: int, folder: Path) -> list[str]:
    """How to start it on a port of 127.0.0.1 with its data in a folder.

    Raises:
        ConfigurationError: it is not installed.
    """
    _program()
    return [sys.executable, "-m", "sandbox.broker", "--port", str(port), "--data", str(folder)]


def _program() -> Path:
    # The program itself: the wheel's script of the same name is a parent that passes on no signal.
    package = find_spec("noida_db")
    places = package.submodule_search_locations if package else None
    program = Path(places[0]) / "noida-db" if places else None
    if program is None or not program.is_file():
        raise ConfigurationError("the sandbox's broker is not installed: pip install 'ticketstream[sandbox]'")
    if program.stat().st_mode & _EXECUTABLE != _EXECUTABLE:
        # A wheel need not keep the mode of its files.
        program.chmod(_EXECUTABLE)
    return program


class Line:
    """One client's connection through the door."""

    def __init__(self, inner: bytes, outer: bytes) -> None:
        self._inner = inner
        self._outer = outer
        self.attendance = Attendance()
        self._asked: dict[bytes, tuple[int, int]] = {}
        self._seen: dict[bytes, None] = {}
        self._hold_s = 0.0

    def ask(self, frame: bytes, now_s: float) -> None:
        """Remember what a request was about: api key, version and correlation id stand at its beginning."""
        self._asked[frame[4:8]] = int.from_bytes(frame[:2], "big"), int.from_bytes(frame[2:4], "big")
        self.attendance.ask(frame, now_s)

    def answer(self, frame: bytes) -> tuple[bytes, float]:
        """The answer to pass on, and for how many seconds to hold it back."""
        asked, version = self._asked.pop(frame[:4], (None, 0))
        self.attendance.answered(frame[:4])
        if asked in _NAMING:
            return frame.replace(self._inner, self._outer), 0.0
        if asked == _FETCH:
            return mended(frame, version), self._holding(frame[4:])
        return frame, 0.0

    def _holding(self, fetched: bytes) -> float:
        # Clients ask for their partitions in turning order, so what repeats does so after a few answers.
        if fetched in self._seen:
            self._hold_s = min(max(2 * self._hold_s, _FIRST_HOLD_S), _MAX_HOLD_S)
            return self._hold_s
        self._hold_s = 0.0
        if len(fetched) <= _EMPTY_BYTES:
            self._seen[fetched] = None
            if len(self._seen) > _REMEMBERED:
                del self._seen[next(iter(self._seen))]
        return 0.0


async def _frame(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big"))


async def _requests(line: Line, absent: Absent, client: asyncio.StreamReader, broker: asyncio.StreamWriter) -> None:
    while True:
        frame = await _frame(client)
        line.ask(frame, time.monotonic())
        absent.back(line.attendance)
        broker.write(len(frame).to_bytes(4, "big") + frame)
        await broker.drain()


async def _answers(line: Line, broker: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
    while True:
        frame, hold_s = line.answer(await _frame(broker))
        if hold_s:
            await asyncio.sleep(hold_s)
        client.write(len(frame).to_bytes(4, "big") + frame)
        await client.drain()


async def _patience(line: Line) -> None:
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        if line.attendance.forgotten(time.monotonic()):
            return


class Door:
    """Takes the clients' connections and makes one to the broker for each."""

    def __init__(self, inner_port: int, outer_port: int) -> None:
        self._inner_port = inner_port
        self._outer_port = outer_port
        self._absent = Absent()

    async def attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(_address(self._inner_port), _address(self._outer_port))
        streams = [writer]
        try:
            broker_reader, broker_writer = await asyncio.open_connection(_HOST, self._inner_port, limit=_BUFFER_BYTES)
            streams.append(broker_writer)
            both = [_requests(line, self._absent, reader, broker_writer), _answers(line, broker_reader, writer)]
            ways = [asyncio.ensure_future(way) for way in (*both, _patience(line))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            # The broker is not up yet, or gone: the client sees its connection end and tries again.
            pass
        finally:
            self._absent.gone(line.attendance, time.monotonic())
            for stream in streams:
                stream.close()

    async def end_sessions(self) -> None:
        """Take dead members out of their groups, for as long as it is left to run."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            for member in self._absent.overdue(time.monotonic()):
                # A broker that is gone ends the door too; one that is busy must not keep other sessions from ending.
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    async with asyncio.timeout(_TOLD_S):
                        await self._tell(leaving(member))

    async def _tell(self, request: bytes) -> None:
        reader, writer = await asyncio.open_connection(_HOST, self._inner_port)
        try:
            writer.write(request)
            await _frame(reader)
        finally:
            writer.close()


def _address(port: int) -> bytes:
    """How Kafka's answers spell the broker's address: a string, then four bytes of port."""
    return _HOST.encode() + port.to_bytes(4, "big")


async def _run(port: int, folder: Path) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    inner_port = _free_port()
    listening = ["--kafka-port", str(inner_port), "--host", _HOST, "--data-dir", str(folder)]
    # Under `sandbox.child_process`, so that it never outlives the door.
    broker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.child_process", str(_program()), "start", "--only", "kafka", *listening,
        stdin=asyncio.subprocess.PIPE,
    )  # fmt: skip
    ended = asyncio.ensure_future(broker.wait())
    door = Door(inner_port, port)
    server = await asyncio.start_server(door.attend, _HOST, port, limit=_BUFFER_BYTES)
    ending = asyncio.ensure_future(door.end_sessions())
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
    # Not waited for: since Python 3.12.1 that would be until every client has gone.
    server.close()
    ending.cancel()
    if ended.done():
        sys.stderr.write(f"noida-db ended by itself with code {broker.returncode}\n")
        return 1
    broker.terminate()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.shield(ended), _STOP_S)
    return 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Run broker and door until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.broker", description="The sandbox's broker, on 127.0.0.1.")
    parser.add_argument("--port", type=int, required=True, help="port for Kafka's protocol")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="where its snapshots are kept")
    arguments = parser.parse_args()
    return asyncio.run(_run(arguments.port, arguments.data))


if __name__ == "__main__":
    sys.exit(main())
