"""Scripts for a model, good and bad, and one attempt at a model with a script."""

import random
import socket

from consumer.model.attempt import Answered, Attempt
from consumer.model.client import ModelClient
from consumer.model.types import Label, ModelTicket
from consumer.model.wire import ticket_ids
from tests.support.model_server import Asked, Door, Script, answer, serve

TICKETS = [ModelTicket("Problema con pago", "No puedo pagar mi factura", "es"), ModelTicket("Card", "It is lost")]
LABEL = Label("billing", 0.9, "payment_issue", 0.8)
GOOD = Answered("m1", ((LABEL,), (LABEL,)))
# The generator of `attempt` draws the ids of its first request from this.
SEED = 1
BODY = answer([{"id": ticket_id} for ticket_id in ticket_ids(random.Random(SEED).getrandbits(64), len(TICKETS))])


def attempt(script: Script, timeout_s: float = 5.0) -> Attempt:
    with serve(script) as server:
        client = ModelClient(server.url, rng=random.Random(SEED))
        try:
            return client.attempt(TICKETS, timeout_s)
        finally:
            client.close()


def drip_headers(_asked: Asked, door: Door) -> None:
    # If it is cut anywhere after its first line, it parses as an empty 200.
    door.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n")
    door.drip(b"X-Padding: x\r\n" * 1000)


def drip_status_line(_asked: Asked, door: Door) -> None:
    door.drip(b"HTTP/1.1 200 " + b"O" * 10_000)


def drip_body(asked: Asked, door: Door) -> None:
    body = answer(asked.tickets)
    door.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body) + 10_000}\r\n\r\n".encode() + body)
    door.drip(b" " * 10_000)


def drip_body_until_close(asked: Asked, door: Door) -> None:
    # Without a length, the bytes before the cut are a complete and valid answer.
    door.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + answer(asked.tickets))
    door.drip(b" " * 10_000)


def drip_chunks(asked: Asked, door: Door) -> None:
    body = answer(asked.tickets)
    door.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(body), body))
    door.drip(b"1\r\n \r\n" * 10_000)


def drip_continues(_asked: Asked, door: Door) -> None:
    door.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def drip_error(_asked: Asked, door: Door) -> None:
    door.send(b"HTTP/1.1 400 Bad\r\nContent-Length: 10000\r\n\r\n")
    door.drip(b" " * 10_000)


def hang(_asked: Asked, door: Door) -> None:
    door.hang()


def reset(_asked: Asked, door: Door) -> None:
    door.reset()


def good(asked: Asked, door: Door) -> None:
    door.answer(asked)


def raw(response: bytes) -> Script:
    def script(_asked: Asked, door: Door) -> None:
        door.send(response)
        door.connection.shutdown(socket.SHUT_WR)

    return script


def sized(body: bytes, headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%b\r\n%b" % (len(body), headers, body)


def chunked(*chunks: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)
