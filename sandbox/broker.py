"""The sandbox's broker: noida-db, a Kafka-compatible broker in a wheel, behind a proxy that makes up for what it lacks.

The broker answers a fetch at once, even an empty one, and ignores the time that the client offers to wait. Two idle
consumers then fetch twenty thousand times a second and keep two cores busy. The proxy reads Kafka's frames and does
five things:

- It holds back an answer that repeats an earlier one (`sandbox.holding`).
- It leaves out of an answer what is beyond the bytes that the client asked for (`sandbox.bounded`).
- It puts its own address in place of the broker's.
- It corrects the list of aborted transactions in fetched records (`sandbox.aborted`).
- It ends the sessions of dead group members, and closes the connections of members that the broker forgets to answer:
  they join again, and the group settles (`sandbox.membership`).
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
from sandbox.aborted import corrected
from sandbox.bounded import bounded, max_bytes
from sandbox.holding import Holding
from sandbox.membership import AbsentMembers, MemberConnection, leave_request
from serving.connections import Stage, Waiting, most_connections
from serving.room import ACCEPTED_AT_ONCE, QUEUE, Room
from serving.starting import no_room
from terminal.exit_codes import ExitCode

_EXECUTABLE = 0o755
_HOST = "127.0.0.1"
_FETCH = 1
# Metadata, FindCoordinator and DescribeCluster: the answers that name the broker's address.
_NAMING = frozenset({3, 10, 60})
_BUFFER_BYTES = 8 * 1024 * 1024
_LOOK_EVERY_S = 1.0
_LEAVE_TIMEOUT_S = 5.0
# The broker writes its data when it stops.
_STOP_S = 15.0


def command(port: int, folder: Path) -> list[str]:
    """The command that starts it on a port of 127.0.0.1, with its data in a folder.

    Raises:
        ConfigurationError: it is not installed.
    """
    _program()
    return [sys.executable, "-m", "sandbox.broker", "--port", str(port), "--data", str(folder)]


def _program() -> Path:
    # The program itself: the wheel's script of the same name starts it and passes on no signal.
    package = find_spec("noida_db")
    folders = package.submodule_search_locations if package else None
    program = Path(folders[0]) / "noida-db" if folders else None
    if program is None or not program.is_file():
        raise ConfigurationError("the sandbox's broker is not installed: pip install 'ticketstream[sandbox]'")
    if program.stat().st_mode & _EXECUTABLE != _EXECUTABLE:
        # A wheel may lose the mode of its files.
        program.chmod(_EXECUTABLE)
    return program


class ClientConnection:
    """One client's connection through the proxy.

    Args:
        inner: the broker's address, as answers spell it.
        outer: the address of the proxy.
    """

    def __init__(self, inner: bytes, outer: bytes) -> None:
        self._inner = inner
        self._outer = outer
        self.member = MemberConnection()
        self.asked_s: float | None = None
        self._requests: dict[bytes, tuple[int, int, int]] = {}
        self._holding = Holding()

    def ask(self, frame: bytes, now_s: float) -> None:
        """Remember the request: it begins with its api key, version and correlation id."""
        self.asked_s = now_s
        api, version = int.from_bytes(frame[:2], "big"), int.from_bytes(frame[2:4], "big")
        self._requests[frame[4:8]] = api, version, max_bytes(frame, version) if api == _FETCH else 0
        self.member.ask(frame, now_s)

    def answer(self, frame: bytes, now_s: float) -> tuple[bytes, float]:
        """Return the answer to pass on, and how many seconds to hold it back."""
        api, version, bound = self._requests.pop(frame[:4], (None, 0, 0))
        self.member.answered(frame[:4])
        if api in _NAMING:
            return frame.replace(self._inner, self._outer), 0.0
        if api == _FETCH:
            # What is left out may hold the end of a transaction: it is looked at before.
            return bounded(corrected(frame, version), version, bound), self._holding.hold_s(frame[4:], now_s)
        return frame, 0.0


async def _frame(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big"))


async def _requests(
    connection: ClientConnection, absent: AbsentMembers, client: asyncio.StreamReader, broker: asyncio.StreamWriter
) -> None:
    while True:
        frame = await _frame(client)
        connection.ask(frame, time.monotonic())
        absent.back(connection.member)
        broker.write(len(frame).to_bytes(4, "big") + frame)
        await broker.drain()


async def _answers(connection: ClientConnection, broker: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
    while True:
        frame, hold_s = connection.answer(await _frame(broker), time.monotonic())
        if hold_s:
            await asyncio.sleep(hold_s)
        client.write(len(frame).to_bytes(4, "big") + frame)
        await client.drain()


async def _until_forgotten(connection: ClientConnection) -> None:
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        if connection.member.forgotten(time.monotonic()):
            return


class _Peer:
    """A client's end of a connection. One that has asked something may be idle for as long as it likes."""

    def __init__(self, client: asyncio.StreamWriter, connection: ClientConnection) -> None:
        self._client = client
        self._connection = connection
        self._began_s = time.monotonic()

    def waiting(self, _now: float) -> Waiting:
        asked_s = self._connection.asked_s
        return Waiting(Stage.HEADERS, self._began_s) if asked_s is None else Waiting(Stage.OURS, asked_s)

    def abort(self) -> None:
        self._client.transport.abort()


class Proxy:
    """Accepts connections of clients, and opens one to the broker for each."""

    def __init__(self, inner_port: int, outer_port: int) -> None:
        self._inner_port = inner_port
        self._outer_port = outer_port
        self._absent = AbsentMembers()
        # Each takes two descriptors.
        self._room = Room(most_connections() // 2)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = ClientConnection(_address(self._inner_port), _address(self._outer_port))
        streams = [writer]
        peer = _Peer(writer, connection)
        self._room.enter(peer, time.monotonic())
        try:
            broker_reader, broker_writer = await asyncio.open_connection(_HOST, self._inner_port, limit=_BUFFER_BYTES)
            streams.append(broker_writer)
            both = [
                _requests(connection, self._absent, reader, broker_writer),
                _answers(connection, broker_reader, writer),
            ]
            tasks = [asyncio.ensure_future(task) for task in (*both, _until_forgotten(connection))]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        except OSError:
            # The broker is not up yet, or gone: the client's connection ends, and the client tries again.
            pass
        finally:
            self._absent.gone(connection.member, time.monotonic())
            self._room.leave(peer)
            for stream in streams:
                stream.close()

    async def end_sessions(self) -> None:
        """Take dead members out of their groups, and leave silent clients, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self._room.look(time.monotonic())
            for member in self._absent.overdue(time.monotonic()):
                # Without a broker the proxy ends too. A busy broker must not keep other sessions from ending.
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    async with asyncio.timeout(_LEAVE_TIMEOUT_S):
                        await self._send(leave_request(member))

    async def _send(self, request: bytes) -> None:
        reader, writer = await asyncio.open_connection(_HOST, self._inner_port)
        try:
            writer.write(request)
            await _frame(reader)
        finally:
            writer.close()


def _address(port: int) -> bytes:
    """The address as Kafka's answers spell it: a string, then four bytes of port."""
    return _HOST.encode() + port.to_bytes(4, "big")


def listening_socket(port: int) -> socket.socket:
    """A socket of this machine whose connections send at once.

    asyncio turns Nagle's delay off only where the protocol is named; it costs up to 40 ms for each answer.

    Raises:
        OSError: the port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
    except OSError:
        listener.close()
        raise
    return listener


async def _run(port: int, folder: Path) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    inner_port = free_port()
    listening = ["--kafka-port", str(inner_port), "--host", _HOST, "--data-dir", str(folder)]
    # Under `sandbox.child_process`, so that it never outlives the proxy.
    broker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.child_process", str(_program()), "start", "--only", "kafka", *listening,
        stdin=asyncio.subprocess.PIPE, close_fds=False,
    )  # fmt: skip
    ended = asyncio.ensure_future(broker.wait())
    proxy = Proxy(inner_port, port)
    listener = listening_socket(port)
    server = await asyncio.start_server(proxy.serve, sock=listener, limit=_BUFFER_BYTES, backlog=ACCEPTED_AT_ONCE)
    listener.listen(QUEUE)
    ending = asyncio.ensure_future(proxy.end_sessions())
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
    # Not awaited: since Python 3.12.1 `wait_closed` waits until every client has gone.
    server.close()
    ending.cancel()
    if ended.done():
        sys.stderr.write(f"noida-db ended by itself with code {broker.returncode}\n")
        return ExitCode.FAILED
    broker.terminate()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.shield(ended), _STOP_S)
    return ExitCode.DONE


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Run broker and proxy until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.broker", description="The sandbox's broker, on 127.0.0.1.")
    parser.add_argument("--port", type=int, required=True, help="port for Kafka's protocol")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of its snapshots")
    arguments = parser.parse_args()
    try:
        return asyncio.run(_run(arguments.port, arguments.data))
    except OSError as error:
        if not (reason := no_room(error)):
            raise
        sys.stderr.write(f"the broker cannot be started: {reason}\n")
        return ExitCode.FAILED


if __name__ == "__main__":
    sys.exit(main())
