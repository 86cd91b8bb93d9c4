"""A model with a given latency: `python -m benchmarks.model_server --latency lognormal:50:500`.

It speaks the model's HTTP API and does as little else as possible, so that the machine is free for the measured
program. The first line that it prints is `{"port": N}`. GET /calls returns one JSON list for every call, in order of
arrival: its time (monotonic seconds), the drawn and the actual latency (seconds), and a checksum of every ticket.
"""

import argparse
import asyncio
import json
import math
import random
import selectors
import sys
from collections.abc import Callable
from typing import Any
from zlib import crc32

from consumer.answer.taxonomy import load_taxonomy

MODEL = "benchmark-1"
NORMAL_QUANTILE_99 = 2.3263478740408408
CONFIDENCES = (0.93, 0.04, 0.02)

Draw = Callable[[], float]


class Call:
    """One request: its time, the drawn and the actual latency, and the checksums of its tickets."""

    __slots__ = ("came_s", "drawn_s", "lasted_s", "sums")

    def __init__(self, came_s: float, drawn_s: float, sums: list[int]) -> None:
        self.came_s = came_s
        self.drawn_s = drawn_s
        self.lasted_s = 0.0
        self.sums = sums

    def as_json(self) -> bytes:
        return json.dumps([self.came_s, self.drawn_s, self.lasted_s, self.sums]).encode()


def drawing(latency: str, seed: int) -> Draw:
    """A function that draws latencies in seconds.

    Args:
        latency: `constant:MS`, or `lognormal:MEDIAN_MS:P99_MS`.
        seed: Of the random numbers.

    Raises:
        ValueError: The latency has neither form.
    """
    match latency.split(":"):
        case ["constant", ms]:
            seconds = float(ms) / 1000
            return lambda: seconds
        case ["lognormal", median_ms, p99_ms]:
            mu = math.log(float(median_ms) / 1000)
            sigma = math.log(float(p99_ms) / float(median_ms)) / NORMAL_QUANTILE_99
            rng = random.Random(seed)
            return lambda: rng.lognormvariate(mu, sigma)
        case _:
            raise ValueError(f"{latency!r} is neither constant:MS nor lognormal:MEDIAN_MS:P99_MS")


def checksum(subject: str, description: str) -> int:
    """A cheap checksum of a ticket's text, 64 bits."""
    return crc32(subject.encode()) << 32 | crc32(description.encode())


def _rendered_answers() -> list[str]:
    """For each category of the shipped taxonomy the labels, as JSON, of a ticket that belongs to it."""
    taxonomy = load_taxonomy()
    names = list(taxonomy.subcategories)
    pairs = [(name, next(iter(sorted(taxonomy.subcategories[name])), None)) for name in names]
    answers = []
    for index in range(len(pairs)):
        labels = [
            {"category": category, "confidence": confidence, "subcategory": sub, "subcategory_confidence": sub and 0.9}
            for confidence, (category, sub) in zip(CONFIDENCES, pairs[index:] + pairs[:index], strict=False)
        ]
        answers.append(json.dumps(labels, separators=(",", ":")))
    return answers


class Model:
    """Makes answers, draws latencies and logs both."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._answers = _rendered_answers()
        self.calls: list[Call] = []

    def asked(self, body: bytes, now: float) -> tuple[Call, bytes]:
        """Add a call to the log; the call, and the body of its answer."""
        tickets = json.loads(body)["tickets"]
        sums = [checksum(ticket["subject"], ticket["description"]) for ticket in tickets]
        call = Call(now, self._draw(), sums)
        self.calls.append(call)
        answers = self._answers
        predictions = ",".join(
            f'{{"id":{json.dumps(ticket["id"])},"labels":{answers[number % len(answers)]}}}'
            for ticket, number in zip(tickets, sums, strict=True)
        )
        return call, f'{{"model":"{MODEL}","predictions":[{predictions}]}}'.encode()


class Connection(asyncio.Protocol):
    """HTTP/1.1 with one request at a time, like those of the service's client."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._received = b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, rest = self._received.partition(b"\r\n\r\n")
        if not blank:
            return
        length = _content_length(head)
        if len(rest) < length:
            return
        self._received = rest[length:]
        if head.startswith(b"GET /calls "):
            self._send(b"\n".join(call.as_json() for call in self._model.calls))
        else:
            self._later(rest[:length])

    def _later(self, body: bytes) -> None:
        call, answer = self._model.asked(body, self._loop.time())
        self._loop.call_at(call.came_s + call.drawn_s, self._respond, call, answer)

    def _respond(self, call: Call, answer: bytes) -> None:
        self._send(answer)
        call.lasted_s = self._loop.time() - call.came_s

    def _send(self, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def serve(model: Model) -> None:
    """Serve on a free port until cancelled."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(model), "127.0.0.1", 0)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


def main() -> int:
    parser = argparse.ArgumentParser(description="A model that answers late; see the module's text.")
    parser.add_argument("--latency", default="constant:0", help="constant:MS or lognormal:MEDIAN_MS:P99_MS")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    try:
        draw = drawing(options.latency, options.seed)
    except ValueError as error:
        parser.error(str(error))
    # epoll rounds every wait up to a whole millisecond; select does not.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(serve(Model(draw)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
