"""The socket at which the sandbox's broker is reached."""

import asyncio
import socket

from sandbox.broker import listening_socket


def test_answers_are_sent_at_once() -> None:
    """Nagle's delay is off at our end of a connection: with it small answers wait up to 40 ms for the client."""

    async def option_of_a_connection() -> int:
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            found.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listener = listening_socket(0)
        async with await asyncio.start_server(serve, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            option = await found
            writer.close()
            return option

    assert asyncio.run(option_of_a_connection()) != 0
