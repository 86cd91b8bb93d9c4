"""A real HTTP server that follows the documented chat-completions protocol, with faults by share, and counts tokens.

What it counts is its own: the ledger of a client is compared with `counted`.
"""

import contextlib
import json
import math
import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple, cast

from tests.llm_replies import Wish, completion, error, refused_parameter

PATH = "/v1/chat/completions"
KEY = "sk-canary-of-the-tests"


class Faults(NamedTuple):
    """The shares of the requests that meet each fault; at most one fault a request."""

    limited: float = 0.0
    """429 with Retry-After."""
    broken: float = 0.0
    """500."""
    garbage: float = 0.0
    """200 whose content is none of the codes."""
    refusal: float = 0.0
    empty: float = 0.0
    """200 with empty content."""
    truncated: float = 0.0
    filtered: float = 0.0
    """400 with the code content_filter."""
    error_in_200: float = 0.0
    cut: float = 0.0
    """200 whose body ends in the middle."""
    not_json: float = 0.0
    """200 with a page in HTML."""
    without_logprobs: float = 0.0
    without_schema: float = 0.0
    """200 whose content is the code in a sentence, whatever the schema says."""


class Takes(NamedTuple):
    """What the endpoint takes, as real ones differ."""

    schema: Literal["obeyed", "ignored", "refused"] = "obeyed"
    json_object: Literal["obeyed", "ignored", "refused"] = "obeyed"
    logprobs: Literal["after_mask", "before_mask", "ignored", "refused"] = "after_mask"
    top_logprobs: int = 20
    refused: frozenset[str] = frozenset()
    """Names of other parameters that it refuses by name: temperature, max_tokens, max_completion_tokens."""
    names_parameter: bool = True
    """Whether its errors say which parameter is meant."""
    system_role: bool = True
    usage: bool = True
    reasoning_tokens: int = 0
    """Spent before the content; with less room the content is empty."""


class Delay(NamedTuple):
    """Log-normal seconds."""

    median_s: float = 0.0
    p99_s: float = 0.0

    def draw(self, rng: random.Random) -> float:
        if not self.median_s:
            return 0.0
        sigma = math.log(self.p99_s / self.median_s) / 2.326 if self.p99_s > self.median_s else 0.0
        return self.median_s * math.exp(sigma * rng.gauss(0.0, 1.0))


class Counted(NamedTuple):
    """What the provider would bill: requests that were answered with 200, and their tokens."""

    answered: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0


def split_like_a_tokenizer(content: str) -> list[str]:
    """Tokens of the content, as o200k splits it: the code stands alone."""
    for lead in ('{"code":"', '{"code": "'):
        if content.startswith(lead) and content.endswith('"}'):
            return ['{"', "code", lead[6:], content[len(lead) : -2], '"}']
    return [content]


@dataclass(slots=True)
class LlmServer:
    """Where the endpoint is, how it behaves, and what it has seen.

    Attributes:
        url: The base address for `LLM_API_URL`, which ends with /v1.
        codes: What may be answered, where the request has no schema.
        denied: A status that answers every request; 0 for none.
        choose: The code for a request's user message and the allowed codes.
        tokens_of: Splits a content into tokens.
        problems: What a request did that no client of ours may do.
        bodies: Every request so far.
        statuses: How often each status was answered.
    """

    url: str
    codes: Sequence[str]
    faults: Faults = field(default_factory=Faults)
    takes: Takes = field(default_factory=Takes)
    delay: Delay = field(default_factory=Delay)
    denied: int = 0
    retry_after_s: float = 0.01
    seed: int = 1
    choose: Callable[[str, Sequence[str]], str] = lambda text, codes: codes[sum(text.encode()) % len(codes)]
    tokens_of: Callable[[str], list[str]] = split_like_a_tokenizer
    headers: Mapping[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    counted: Counted = field(default_factory=Counted)
    in_flight: int = 0
    most_in_flight: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    closing: threading.Event = field(default_factory=threading.Event)

    def take(self, body: dict[str, Any], headers: Mapping[str, str]) -> tuple[random.Random, bool]:
        """Note a request; returns its random numbers, and whether its prefix was seen before."""
        with self.lock:
            number, cached = len(self.bodies), bool(self.bodies)
            self.bodies.append(body)
            self.problems += _problems(body, headers, self.bodies[0], self.takes)
        return random.Random(f"{self.seed} {number}"), cached

    def bill(self, usage: Mapping[str, Any]) -> None:
        with self.lock:
            before = self.counted
            self.counted = Counted(
                before.answered + 1,
                before.input_tokens + usage["prompt_tokens"],
                before.cached_tokens + usage["prompt_tokens_details"]["cached_tokens"],
                before.output_tokens + usage["completion_tokens"],
            )


def _problems(body: dict[str, Any], headers: Mapping[str, str], first: dict[str, Any], takes: Takes) -> Iterator[str]:
    roles = [message.get("role") for message in body.get("messages", [])]
    if roles.count("user") != 1 or roles[-1:] != ["user"]:
        yield f"roles {roles}: not exactly one user message at the end"
    if roles not in (["system", "user"], ["user"]):
        yield f"roles {roles}"
    if takes.system_role and body["messages"][0] != first["messages"][0]:
        yield "the prefix differs from that of the first request"
    if body.get("stream"):
        yield "asks for a stream"
    if body.get("temperature", 0) != 0:
        yield f"temperature {body['temperature']}"
    if not body.get("model"):
        yield "no model"
    if headers.get("Authorization") != f"Bearer {KEY}":
        yield "no key"


class _Reply(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str] = {}
    cut: bool = False


def _answer(server: LlmServer, body: dict[str, Any], rng: random.Random, *, cached: bool) -> _Reply:
    takes = server.takes
    if server.denied:
        return _Reply(server.denied, error("", "invalid_api_key"))
    if refused := refused_parameter(body, takes):
        return _Reply(400, error(refused if takes.names_parameter else "", "unsupported_parameter"))
    fault = _drawn(server.faults, rng)
    if fault == "limited":
        return _UNBILLED[fault]._replace(headers={"Retry-After": f"{server.retry_after_s:g}"})
    if fault in _UNBILLED:
        return _UNBILLED[fault]
    wish = Wish(server.choose, server.tokens_of, server.codes, cached=cached)
    reply = completion(body, takes, fault, wish, rng)
    server.bill(reply["usage"])
    if not takes.usage:
        del reply["usage"]
    return _Reply(200, json.dumps(reply).encode(), cut=fault == "cut")


_UNBILLED = {
    "limited": _Reply(429, error("", "rate_limit_exceeded")),
    "broken": _Reply(500, error("", "server_error")),
    "filtered": _Reply(400, error("", "content_filter")),
    "error_in_200": _Reply(200, error("", "server_error")),
    "not_json": _Reply(200, b"<html><body>Welcome to the gateway</body></html>"),
}


def _drawn(faults: Faults, rng: random.Random) -> str:
    shares = {**faults._asdict(), "": max(0.0, 1.0 - sum(faults))}
    return rng.choices(list(shares), list(shares.values()))[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # One packet for headers and body.
    wbufsize = -1

    def do_POST(self) -> None:
        server = cast("_Server", self.server).llm
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.partition("?")[0] != PATH:
            self._send(server, _Reply(404, error("", "not_found")))
            return
        body = json.loads(raw)
        rng, cached = server.take(body, dict(self.headers))
        with server.lock:
            server.in_flight += 1
            server.most_in_flight = max(server.most_in_flight, server.in_flight)
        server.closing.wait(server.delay.draw(rng))
        reply = _answer(server, body, rng, cached=cached)
        with server.lock:
            server.in_flight -= 1
        self._send(server, reply)

    def _send(self, server: LlmServer, reply: _Reply) -> None:
        with server.lock:
            server.statuses[reply.status] = server.statuses.get(reply.status, 0) + 1
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in {**server.headers, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        # In many tests the client goes away in the middle.
        with contextlib.suppress(OSError):
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)
            self.wfile.flush()
        self.close_connection = reply.cut

    def log_message(self, *_: object) -> None:
        """Nothing: standard error is a test's."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 256

    def __init__(self, codes: Sequence[str], behaviour: Mapping[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.llm = LlmServer(f"http://127.0.0.1:{self.server_address[1]}/v1", codes, **behaviour)


@contextlib.contextmanager
def serve(codes: Sequence[str], **behaviour: Any) -> Iterator[LlmServer]:
    """Serve on a free port until the end of the block.

    Args:
        codes: What may be answered, where a request has no schema.
        behaviour: Attributes of `LlmServer`; they may be changed later.
    """
    with _Server(codes, behaviour) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield http.llm
        finally:
            http.llm.closing.set()
            http.shutdown()
            thread.join()
