"""An HTTP server whose connections are bounded in number and in time, so that it always answers a probe.

Without bounds, silent connections take every descriptor of the process: then it can answer nobody, and start nothing.
"""

import asyncio
import socket
from contextlib import suppress
from functools import partial
from typing import Any, cast

import uvicorn
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from serving.connections import Stage, Waiting, most_connections
from serving.room import ACCEPTED_AT_ONCE, QUEUE, Room

# In the scope of a request: the address of who is connected, whatever headers say of whom it speaks for.
PEER = "ticketstream.peer"
_TICKS_BETWEEN_LOOKS = 5


class _HttpConnection(H11Protocol):
    """An HTTP connection that knows what it waits for."""

    def __init__(self, room: Room, **given: Any) -> None:
        super().__init__(**given)
        self._room = room
        self._received_bytes = 0
        self._answering: object = None
        self._unread_bytes = 0
        self._waiting = Waiting(Stage.HEADERS, self.loop.time())

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._room.enter(self, self.loop.time())

    def connection_lost(self, exc: Exception | None) -> None:
        self._room.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received_bytes += len(data)
        super().data_received(data)

    def waiting(self, now: float) -> Waiting:
        """What it waits for; between two looks it may have waited for something else."""
        unread_bytes = self.transport.get_write_buffer_size()
        stage = self._stage(unread_bytes)
        taken_bytes = max(0, self._unread_bytes - unread_bytes)
        moved_bytes = self._received_bytes if stage is Stage.BODY else taken_bytes
        if stage is self._waiting.stage and self.cycle is self._answering:
            self._waiting = self._waiting._replace(moved_bytes=self._waiting.moved_bytes + moved_bytes)
        else:
            self._waiting = Waiting(stage, now)
        self._answering, self._unread_bytes, self._received_bytes = self.cycle, unread_bytes, 0
        return self._waiting

    def abort(self) -> None:
        self.transport.abort()

    def _stage(self, unread_bytes: int) -> Stage:
        if unread_bytes:
            return Stage.READING
        # uvicorn sets it with the first request.
        cycle = cast("Any", self.cycle)
        if cycle is None or cycle.response_complete:
            return Stage.HEADERS
        return Stage.BODY if cycle.more_body and not self.flow.read_paused else Stage.OURS


class BoundedServer(uvicorn.Server):
    """A server that looks at its connections, from `server_of`."""

    def __init__(self, config: uvicorn.Config, room: Room) -> None:
        super().__init__(config)
        self._room = room

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            # asyncio has set the queue to what it accepts at once.
            listener.listen(QUEUE)

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_BETWEEN_LOOKS == 0:
            self._room.look(asyncio.get_running_loop().time())
        return await super().on_tick(counter)


def _without_the_gone(app: ASGIApp) -> ASGIApp:
    """The application, without a traceback in the log for each peer that left before its request was whole."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        # uvicorn cancels what is still under way when the time to stop is over.
        with suppress(ClientDisconnect, asyncio.CancelledError):
            await app(scope, receive, send)

    return answer


def _telling_the_peer(app: ASGIApp) -> ASGIApp:
    """The application, to which every request says who is connected."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        scope[PEER] = client[0] if client else ""
        await app(scope, receive, send)

    return answer


def server_of(app: ASGIApp, *, stop_s: float, lifespan: bool = False) -> BoundedServer:
    """A server for listening sockets: `run(sockets=[…])`. It logs to `logging`, as that is configured.

    Args:
        app: what answers.
        stop_s: how long answers under way may take when it is told to stop.
        lifespan: whether the application wants to know when it starts and stops.
    """
    room = Room(most_connections())
    config = uvicorn.Config(
        _without_the_gone(app),
        # Named, because uvicorn prefers others where they are installed.
        loop="asyncio",
        http=cast("type[asyncio.Protocol]", partial(_HttpConnection, room)),
        ws="none",
        backlog=ACCEPTED_AT_ONCE,
        lifespan="on" if lifespan else "off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, round(stop_s)),
    )
    config.load()
    # Around what takes the client from the headers of a proxy.
    config.loaded_app = _telling_the_peer(config.loaded_app)
    return BoundedServer(config, room)
