"""Foreign errors become ours, named by what to do, and secrets stay where they are."""

import gc
import socket
import subprocess
import sys
import weakref
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.errors import AnalyticsError, Misconfigured, Rejected, Unavailable
from network.tls import Certificates
from tests.support.clickhouse_process import DoorProcess
from tests.support.tls_front import Papers, tls_front


def _unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def test_nobody_there(door: DoorProcess) -> None:
    """A port where nothing listens is Unavailable and says where and what to check, without the password."""
    with pytest.raises(Unavailable, match=r"connection refused.*CLICKHOUSE_URL") as caught:
        connect(f"http://default:canary@127.0.0.1:{_unused_port()}", "x")

    assert "canary" not in str(caught.value)
    assert door.process.poll() is None


def test_an_unknown_host() -> None:
    """A name that does not resolve is Unavailable."""
    with pytest.raises(Unavailable, match="CLICKHOUSE_URL"):
        connect("http://clickhouse.invalid:8123", "x")


@pytest.mark.parametrize("url", ["", "localhost:8123", "tcp://canary@host:9000", "http://", "http://host:port"])
def test_an_address_that_is_none(url: str) -> None:
    """What is not an address is Misconfigured, shows how to write one and does not repeat it."""
    with pytest.raises(Misconfigured, match="http://user:password@host:8123") as caught:
        connect(url, "x")

    assert "canary" not in str(caught.value)


def test_wrong_credentials(door: DoorProcess) -> None:
    """A wrong password is Misconfigured; percent-encoded ones are decoded, and none is shown."""
    with pytest.raises(Misconfigured, match="user and password") as caught:
        connect(f"http://ann:can%40ary@127.0.0.1:{door.port}", "x")

    assert "ary" not in str(caught.value)


def test_something_else_answers(httpserver: HTTPServer) -> None:
    """A server that is not ClickHouse ends in one of our errors too."""
    httpserver.expect_request("/").respond_with_data("<html>hello</html>", content_type="text/html")
    with pytest.raises(AnalyticsError):
        connect(httpserver.url_for(""), "x")


class _Watched(str):
    """Text that can be seen to be gone."""

    __slots__ = ("__weakref__",)


def test_rows_are_let_go_when_they_are_stored(empty: Client) -> None:
    """Nobody has to collect garbage first: the service does so rarely."""
    empty.create_database()
    empty.command("CREATE TABLE kept (a String) ENGINE = MergeTree ORDER BY a")
    gc.disable()
    try:
        text = _Watched("a row")
        gone = weakref.ref(text)
        empty.insert("kept", {"a": [text]}, "once")
        del text

        assert gone() is None
    finally:
        gc.enable()


def test_a_missing_table_asks_for_the_migration(empty: Client) -> None:
    """Unknown databases, tables and columns all mean that the migrations did not run."""
    with pytest.raises(Misconfigured, match="ticketstream migrate"):
        empty.rows("SELECT * FROM tickets")
    empty.create_database()
    with pytest.raises(Misconfigured, match="ticketstream migrate"):
        empty.rows("SELECT * FROM tickets")


def test_a_failing_query_says_why(client: Client) -> None:
    """What the server refuses for its own reasons may pass: Unavailable, with the server's first line."""
    with pytest.raises(Unavailable, match="FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"):
        client.rows("SELECT throwIf(1)")


def test_rows_that_the_server_refuses(client: Client) -> None:
    """A value that passes the client and not the server is the row's fault."""
    client.command("CREATE TABLE strict (a String, CONSTRAINT short CHECK length(a) < 3) ENGINE = MergeTree ORDER BY a")
    with pytest.raises(Rejected, match="strict") as caught:
        client.insert("strict", {"a": ["canary"]}, "token")
    client.command("DROP TABLE strict")

    assert "canary" not in str(caught.value)


def test_the_server_goes_away_between_calls(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A connection that was good and is lost ends in Unavailable."""
    from tests.support.clickhouse_process import door_process  # noqa: PLC0415 - a door of its own, to kill

    with door_process(tmp_path_factory.mktemp("killed")) as own, connect(own.url, "default") as client:
        client.rows("SELECT 1")
        own.process.kill()
        own.process.wait()

        with pytest.raises(Unavailable):
            client.rows("SELECT 1")
        with pytest.raises(Unavailable):
            client.insert("system.one", {"dummy": [1]}, "token")


@pytest.mark.parametrize("status", [200, 204, 301, 403, 404, 407, 500, 503])
@pytest.mark.parametrize(
    "body", [b"", b"\n", b"<html>no</html>", b"a\tb\n", b"\xff\x00\xfe", b"{}", b"26.9\tUTC\n" * 3]
)
def test_a_server_that_is_no_clickhouse_is_said_to_be_none(httpserver: HTTPServer, status: int, body: bytes) -> None:
    """Whatever it answers: one of our errors, with the setting, and without the server's own words."""
    httpserver.expect_request("/").respond_with_data(body, status=status)

    with pytest.raises(AnalyticsError) as caught:
        connect(httpserver.url_for("").replace("://", "://ana:canary@"), "x")

    assert "CLICKHOUSE_URL" in str(caught.value)
    assert str(caught.value).isprintable()
    assert "canary" not in str(caught.value)


def test_a_user_whom_clickhouse_knows_by_certificate(httpserver: HTTPServer, tmp_path: Path) -> None:
    """A user without a password shows the client certificate alone; ClickHouse refuses both ways at once."""
    papers = Papers(tmp_path)
    files = Certificates("CLICKHOUSE", papers.ca_file, papers.client_cert_file, papers.client_key_file)
    httpserver.expect_request("/").respond_with_data(status=500)
    with tls_front(httpserver.port, papers.server(client_of=papers)) as port:
        for user in ("ana@", "ana:@", ""):
            with pytest.raises(AnalyticsError):
                connect(f"https://{user}localhost:{port}", "x", certificates=files)
    sent = [request.headers for request, _ in httpserver.log]

    assert [headers.get("X-ClickHouse-SSL-Certificate-Auth") for headers in sent] == ["on", None, None]
    assert [headers.get("X-ClickHouse-User") for headers in sent] == ["ana", None, None]
    assert ["Authorization" in headers for headers in sent] == [False, True, True]


def test_an_insert_imports_no_pandas(door: DoorProcess) -> None:
    """The driver would import it at the first insert of a process, only because it is installed."""
    program = """if True:
        import sys
        from analytics.clickhouse.client import connect, without_pandas
        if sys.argv[2] == "without":
            without_pandas()
        with connect(sys.argv[1], "default") as client:
            client.command("CREATE TABLE IF NOT EXISTS pandas_free (a Int64) ENGINE = Null")
            client.insert("pandas_free", {"a": [1]}, "token")
        print("pandas" in sys.modules)
    """
    said = [
        subprocess.run(
            [sys.executable, "-c", program, door.url, how], capture_output=True, text=True, check=True
        ).stdout
        for how in ("with", "without")
    ]

    assert said == [f"{find_spec('pandas') is not None}\n", "False\n"]


def test_columns_come_in_any_order(client: Client) -> None:
    """Types that were learned with one insert are used for the right columns of the next."""
    row: dict[str, list[Any]] = {
        "record_topic": ["ticket-created"],
        "record_partition": [0],
        "record_offset": [1],
        "ticket_id": ["T-1"],
        "received_at": [1_700_000_000_000],
        "subject": ["Card"],
        "description": ["lost"],
    }
    client.insert("_ticket_texts", row, "one")
    client.insert("_ticket_texts", {**dict(reversed(row.items())), "record_offset": [2]}, "two")

    assert [tuple(found.values()) for found in client.rows("SELECT record_offset FROM _ticket_texts ORDER BY 1")] == [
        (1,),
        (2,),
    ]
