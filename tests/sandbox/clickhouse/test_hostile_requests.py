"""Whatever is sent over HTTP: an answer of ClickHouse's kind, and a process that goes on without a traceback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.clickhouse_process import DoorProcess, door_process
from tests.support.hostile_http import requests
from tests.support.raw_http import asking, send

NAMES = ["query", "database", "query_id", "default_format", "param_x", "max_threads", "user", "compress", "readonly"]
FORM = "multipart/form-data; boundary=x"
NOT_UTF8 = b'--x\r\nContent-Disposition: form-data; name="query"\r\n\r\n\xff\r\n--x--'
ODD_NAME = b"--x\r\nContent-Disposition: form-data; name*=nowhere''%ff; filename*0*=utf-8''%\r\n\r\n1\r\n--x--"


class Logged:
    """A server, and what it has written to standard error."""

    def __init__(self, door: DoorProcess, log: Path) -> None:
        self.url = door.url
        self._log = log

    def text(self) -> str:
        return self._log.read_text(errors="replace")


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logged]:
    folder = tmp_path_factory.mktemp("hostile")
    with (folder / "log").open("w") as log, door_process(folder / "data", errors=log) as door:
        yield Logged(door, folder / "log")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(request=asking("/", ("Content-Type", FORM), method="POST", body=NOT_UTF8))
@example(request=asking("/", ("Content-Type", FORM), method="POST", body=ODD_NAME))
@example(request=asking("/", ("Content-Type", "multipart/form-data"), method="POST", body=b"x"))
@example(request=asking("/?query=SELECT+{x:Int8}&param_x=%00", method="POST", body=b"\xff"))
@example(request=asking("/", ("Content-Encoding", "gzip"), method="POST", body=b"\x1f\x8b"))
@example(request=asking("/?query_id=+5"))
@given(
    request=st.one_of(
        requests(["/", "/ping", "/replicas_status"], NAMES, ["GET", "HEAD", "POST", "POST", "PUT", "OPTIONS"]),
        st.binary(max_size=300).map(
            lambda form: asking("/", ("Content-Type", FORM), method="POST", body=b"--x\r\n" + form)
        ),
    )
)
def test_every_request_is_answered(logged: Logged, request: bytes) -> None:
    """By what it asked for, or by a sentence with ClickHouse's code; nothing unforeseen happens."""
    reply = send(logged.url, request)

    assert 200 <= reply.status < 500 or reply.header("X-ClickHouse-Exception-Code"), reply
    assert "Traceback" not in logged.text()
    assert send(logged.url, asking("/ping")).body == b"Ok.\n"
