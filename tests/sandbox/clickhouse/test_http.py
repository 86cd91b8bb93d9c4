"""The HTTP interface itself, as curl and Grafana speak it."""

import gzip
import json
import zlib
from collections.abc import Iterator

import pytest
import urllib3

from tests.support.clickhouse_process import DoorProcess


@pytest.fixture(scope="module")
def http(door: DoorProcess) -> Iterator[urllib3.HTTPConnectionPool]:
    with urllib3.HTTPConnectionPool("127.0.0.1", door.port, retries=False, timeout=20) as pool:
        yield pool


def test_ping(http: urllib3.HTTPConnectionPool) -> None:
    """Health checks get ClickHouse's own answer."""
    assert [http.request("GET", path).data for path in ("/ping", "/")] == [b"Ok.\n", b"Ok.\n"]


def test_an_unknown_path_is_not_found(http: urllib3.HTTPConnectionPool) -> None:
    """Only the interface's own paths exist."""
    assert http.request("GET", "/play").status == 404


def test_a_query_in_the_url(http: urllib3.HTTPConnectionPool) -> None:
    """GET with a query answers in the default format and says so."""
    response = http.request("GET", "/", fields={"query": "SELECT 1 AS a, 'x' AS b", "query_id": "mine"})

    assert (response.status, response.data) == (200, b"1\tx\n")
    assert response.headers["X-ClickHouse-Format"] == "TabSeparated"
    assert response.headers["X-ClickHouse-Query-Id"] == "mine"
    assert response.headers["X-ClickHouse-Timezone"] == "UTC"
    assert response.headers["X-ClickHouse-Server-Display-Name"]
    assert response.headers["Content-Type"].startswith("text/tab-separated-values")
    assert json.loads(response.headers["X-ClickHouse-Summary"])["read_rows"] == "1"


def test_a_statement_may_be_split_between_url_and_body(http: urllib3.HTTPConnectionPool) -> None:
    """The query parameter and the body are read as one text."""
    assert http.request("POST", "/?query=SELECT", body=b"41 + 1").data == b"42\n"


def test_the_default_format_and_the_formats_of_grafana(http: urllib3.HTTPConnectionPool) -> None:
    """JSON by `default_format`, and a FORMAT clause wins over it."""
    response = http.request("GET", "/", fields={"query": "SELECT 1 AS a", "default_format": "JSON"})
    overruled = http.request("GET", "/", fields={"query": "SELECT 1 FORMAT CSV", "default_format": "JSON"})

    assert response.json()["data"] == [{"a": 1}]
    assert response.headers["Content-Type"].startswith("application/json")
    assert (overruled.data, overruled.headers["X-ClickHouse-Format"]) == (b"1\n", "CSV")


def test_data_in_the_body(http: urllib3.HTTPConnectionPool) -> None:
    """`curl --data-binary @file` inserts, chunked and with a curl-like content type too."""
    http.request("POST", "/", body=b"CREATE TABLE body_data (a Int8) ENGINE = MergeTree ORDER BY a")
    url = "/?query=INSERT+INTO+body_data+FORMAT+TSV"
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    plain = http.request("POST", url, body=b"1\n2\n", headers=form)
    http.request("POST", url, body=iter([b"3\n", b"4\n"]), chunked=True)
    http.request("POST", url, body=gzip.compress(b"5\n"), headers={"Content-Encoding": "gzip"})

    assert json.loads(plain.headers["X-ClickHouse-Summary"])["written_rows"] == "2"
    assert http.request("POST", "/", body=b"SELECT arraySort(groupArray(a)) FROM body_data").data == b"[1,2,3,4,5]\n"


def test_a_select_from_the_data_in_the_body(http: urllib3.HTTPConnectionPool) -> None:
    """`input` reads what follows the FORMAT; all of it is stored or none, and values of parameters are known."""
    http.request("POST", "/", body=b"CREATE TABLE selected (a Int64) ENGINE = MergeTree ORDER BY a")
    statement = (
        b"INSERT INTO selected SELECT a * {factor:Int64} FROM input('a Int64') WHERE throwIf(a = 0) = 0 FORMAT CSV"
    )
    answers = [
        http.request("POST", "/?param_factor=2", body=statement + b"\n" + data)
        for data in (b"1\n2\n", b"3\n0\n", b"4\nx\n")
    ]
    split = http.request(
        "POST", "/", fields={"query": "INSERT INTO selected SELECT a FROM input('a Int64') FORMAT CSV"}
    )
    stored = http.request("GET", "/", fields={"query": "SELECT a FROM selected ORDER BY a"}).data

    assert [answer.headers.get("X-ClickHouse-Exception-Code") for answer in answers] == [None, "395", "117"]
    assert json.loads(answers[0].headers["X-ClickHouse-Summary"])["written_rows"] == "2"
    assert split.status == 200
    assert stored == b"2\n4\n"


def test_an_insert_is_checked_as_on_a_server(http: urllib3.HTTPConnectionPool) -> None:
    """Constraints, defaults and settings inside the statement count, and no rows at all are no error."""
    table = b"CREATE TABLE checked (a Int8, b Int8 DEFAULT a + 1, CONSTRAINT small CHECK a < 5)"
    http.request("POST", "/", body=table + b" ENGINE = MergeTree ORDER BY a")
    insert = b"INSERT INTO checked (a) SETTINGS max_threads = 1 FORMAT CSV\n"

    refused = http.request("POST", "/", body=insert + b"9\n")
    statuses = [http.request("POST", "/", body=insert + rows).status for rows in (b"1\n", b"")]

    assert refused.headers["X-ClickHouse-Exception-Code"] == "469"
    assert statuses == [200, 200]
    assert http.request("POST", "/", body=b"SELECT * FROM checked").data == b"1\t2\n"


def test_get_only_reads(http: urllib3.HTTPConnectionPool) -> None:
    """A GET cannot change anything, as on a server."""
    response = http.request("GET", "/", fields={"query": "CREATE TABLE by_get (a Int8) ENGINE = Memory"})

    assert response.headers["X-ClickHouse-Exception-Code"] == "164"


@pytest.mark.parametrize(
    ("statement", "status", "code"),
    [
        ("SELECTT", 400, 62),
        ("", 400, 62),
        ("SELECT * FROM nowhere", 404, 60),
        ("SELECT sleep(2) SETTINGS max_execution_time = 0.1", 408, 159),
        ("SELECT throwIf(1)", 500, 395),
    ],
)
def test_errors(http: urllib3.HTTPConnectionPool, statement: str, status: int, code: int) -> None:
    """Text, header and status of an error are ClickHouse's."""
    response = http.request("POST", "/", body=statement.encode())

    assert (status, str(code)) == (response.status, response.headers["X-ClickHouse-Exception-Code"])
    assert response.data.startswith(f"Code: {code}. DB::Exception: ".encode())


@pytest.mark.parametrize(
    ("query", "status", "name"),
    [
        ("nonsense=1", 404, b"UNKNOWN_SETTING"),
        ("database=nowhere", 404, b"UNKNOWN_DATABASE"),
        ("compress=1", 501, b"NOT_IMPLEMENTED"),
        ("user=nobody", 403, b"AUTHENTICATION_FAILED"),
    ],
)
def test_impossible_parameters_are_refused(
    http: urllib3.HTTPConnectionPool, query: str, status: int, name: bytes
) -> None:
    """A setting, database or user that does not exist is an error, not ignored."""
    response = http.request("POST", f"/?{query}", body=b"SELECT 1")

    assert status == response.status
    assert name in response.data


@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("/", b"\xff\xfe\x00"),
        ("/", b"SELECT * FROM \xff\xfe"),
        ("/", b"INSERT INTO \xff FORMAT CSV\n1"),
        ("/", b"INSERT INTO t SETTINGS \xff = 1 FORMAT CSV\n1"),
        ("/", b"INSERT INTO t FORMAT"),
        ("/?database=%FF", b"SELECT 1"),
        ("/?max_threads=%00", b"SELECT 1"),
        ("/?query_id=%0D%0AX-Injected:1", b"SELECTT"),
    ],
)
def test_hostile_requests_are_refused(http: urllib3.HTTPConnectionPool, url: str, body: bytes) -> None:
    """The answer to hostile bytes is an error of ClickHouse's kind, and the process goes on."""
    response = http.request("POST", url, body=body)

    assert response.headers["X-ClickHouse-Exception-Code"]
    assert "X-Injected" not in response.headers
    assert http.request("GET", "/ping").data == b"Ok.\n"


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({"Authorization": "Basic ZGVmYXVsdDo="}, True),
        ({"X-ClickHouse-User": "default", "X-ClickHouse-Key": ""}, True),
        ({"Authorization": "Basic ZGVmYXVsdDp4"}, False),
        ({"Authorization": "Basic ?"}, False),
        ({"X-ClickHouse-User": "default", "X-ClickHouse-Key": "x"}, False),
    ],
)
def test_credentials(http: urllib3.HTTPConnectionPool, headers: dict[str, str], accepted: bool) -> None:  # noqa: FBT001
    """The user `default` with an empty password is let in, by either kind of header."""
    response = http.request("POST", "/", body=b"SELECT 1", headers=headers)

    assert (200 if accepted else 403) == response.status


def test_answers_are_compressed_only_when_asked_for(http: urllib3.HTTPConnectionPool) -> None:
    """Accept-Encoding counts when enable_http_compression is set."""
    headers = {"Accept-Encoding": "deflate, br"}
    body = b"SELECT repeat('x', 1000)"
    plain = http.request("POST", "/", body=body, headers=headers)
    packed = http.request("POST", "/?enable_http_compression=1", body=body, headers=headers, decode_content=False)

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "deflate"
    assert plain.data == zlib.decompress(packed.data)


@pytest.mark.parametrize(("encoding", "code"), [("lz4", "117"), ("zstd", "117"), ("gzip", "117"), ("br", "48")])
def test_a_body_that_is_not_what_it_says_is_refused(http: urllib3.HTTPConnectionPool, encoding: str, code: str) -> None:
    """Broken or unknown compression is an error with a code; the connection stays whole."""
    response = http.request("POST", "/", body=b"SELECT 1", headers={"Content-Encoding": encoding})

    assert code == response.headers["X-ClickHouse-Exception-Code"]
