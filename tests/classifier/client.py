"""A plain HTTP client for tests, and the classifier as a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Timer
from typing import IO, Any, NamedTuple
from urllib.parse import urlsplit

START_DEADLINE_S = 60


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: Any


def call(
    url: str, body: object = None, *, method: str | None = None, headers: Mapping[str, str] | None = None
) -> Reply:
    """Send a request; bytes go as they are, other values as JSON. A body that is not JSON comes back as text."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    try:
        connection.request(method or ("GET" if body is None else "POST"), parts.path, content, dict(headers or {}))
        response = connection.getresponse()
        text = response.read().decode()
        is_json = "json" in (response.getheader("content-type") or "")
        return Reply(response.status, dict(response.getheaders()), json.loads(text) if is_json else text)
    finally:
        connection.close()


def batch(*texts: str, **fields: object) -> dict[str, Any]:
    tickets = [
        {"id": str(number), "subject": "", "description": text, "language": None} for number, text in enumerate(texts)
    ]
    return {"tickets": tickets, **fields}


class Served(NamedTuple):
    process: subprocess.Popen[str]
    ready: dict[str, Any]
    log: Path

    @property
    def url(self) -> str:
        return str(self.ready["url"])


@contextmanager
def serving(folder: Path, log: Path, *options: str, kind: str = "--model") -> Iterator[Served]:
    """`python -m classifier serve` once it has printed its line; killed at the end if it still runs."""
    command = [sys.executable, "-m", "classifier", "serve", kind, str(folder), *options]
    with (
        log.open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        watchdog = Timer(START_DEADLINE_S, process.kill)
        watchdog.start()
        try:
            line = _stream(process).readline()
            watchdog.cancel()
            assert line, f"the server ended before it was ready:\n{log.read_text()}"
            yield Served(process, json.loads(line), log)
        finally:
            watchdog.cancel()
            process.kill()


def _stream(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout
