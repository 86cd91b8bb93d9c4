"""The ordinary clickhouse-connect client on the HTTP interface."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from tests.support.clickhouse_process import DoorProcess

_NOON = dt.datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=dt.UTC)
_COLUMNS = ["a", "b", "c", "d", "e"]
_TABLE = """
    CREATE TABLE t (a UInt64, b LowCardinality(String), c Nullable(Float64), d Array(String), e DateTime64(6, 'UTC'))
    ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100
"""


@pytest.mark.parametrize("compress", [False, "lz4", "zstd", "gzip"])
def test_rows_come_back_as_they_went_in(client: Client, door: DoorProcess, compress: bool | str) -> None:  # noqa: FBT001 - the client's own parameter
    """Inserts and results in Native format keep their values in every compression."""
    client.command(_TABLE)
    row: list[object] = [2**64 - 1, "pagos «ñ»", None, ["x", "'\t\\"], _NOON]
    rows = [[index, *row[1:]] for index in range(1000)]

    with clickhouse_connect.get_client(
        host="127.0.0.1", port=door.port, database=str(client.database), compress=compress, tz_mode="aware"
    ) as compressing:
        compressing.insert("t", rows, column_names=_COLUMNS)
        result = compressing.query("SELECT * FROM t ORDER BY a")

    assert [tuple(row) for row in rows] == list(result.result_rows)
    assert tuple(_COLUMNS) == result.column_names


def test_a_hundred_thousand_rows_go_in_at_once(client: Client) -> None:
    """One insert of 100,000 rows is one statement and is counted in the summary."""
    client.command(_TABLE)
    count = 100_000
    columns: list[list[object]] = [list(range(count)), ["x"] * count, [0.5] * count, [["y"]] * count, [_NOON] * count]

    summary = client.insert("t", columns, column_names=_COLUMNS, column_oriented=True)

    assert count == summary.written_rows
    assert client.query("SELECT count(), sum(a) FROM t").result_rows == [(count, sum(range(count)))]


def test_a_deduplication_token_is_honoured(client: Client) -> None:
    """Settings in the URL reach the engine: the same token twice is one insert."""
    client.command(_TABLE)
    settings = {"async_insert": 0, "insert_deduplication_token": "once"}

    for _ in range(2):
        client.insert("t", [[1, "x", 0.5, [], _NOON]], column_names=_COLUMNS, settings=settings)

    assert client.query("SELECT count() FROM t").result_rows == [(1,)]


def test_parameters_stay_values(client: Client) -> None:
    """Bound parameters arrive unchanged, also with quotes and control characters."""
    nasty = "a'b\t\\n ñ \\' ; DROP TABLE t"

    result = client.query(
        "SELECT {s:String}, {a:Array(String)}, {n:Nullable(Int8)},"
        " {d:DateTime64(6, 'UTC')} = toDateTime64('2026-11-22 12:00:00.123456', 6, 'UTC')",
        parameters={"s": nasty, "a": [nasty, ""], "n": None, "d_64": _NOON},
    )

    assert result.result_rows == [(nasty, [nasty, ""], None, True)]


def test_many_parameters_are_sent_as_a_form(client: Client) -> None:
    """Parameters too long for a URL arrive by a multipart form."""
    parameters = {f"p{index}": f"value {index} " * 10 for index in range(300)}
    names = ", ".join(f"{{{name}:String}}" for name in parameters)

    assert client.query(f"SELECT {names}", parameters=parameters).result_rows == [tuple(parameters.values())]


@pytest.mark.parametrize(
    ("statement", "code", "name"),
    [
        ("SELECT * FROM nowhere", 60, "UNKNOWN_TABLE"),
        ("SELECT nothing FROM system.one", 47, "UNKNOWN_IDENTIFIER"),
        ("SELECTT 1", 62, "SYNTAX_ERROR"),
        ("SELECT 1; SELECT 2", 62, "SYNTAX_ERROR"),
        ("SELECT throwIf(1)", 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"),
        ("INSERT INTO nowhere FORMAT CSV\n1", 60, "UNKNOWN_TABLE"),
    ],
)
def test_errors_carry_the_engines_code(client: Client, statement: str, code: int, name: str) -> None:
    """A refused statement is a DatabaseError with ClickHouse's number and name."""
    with pytest.raises(DatabaseError) as caught:
        client.command(statement)

    assert (code, name) == (caught.value.code, caught.value.name)


def test_rows_that_do_not_fit_are_refused_whole(client: Client) -> None:
    """A bad row in an insert is an error, and none of its rows stay."""
    client.command(_TABLE)
    with pytest.raises(DatabaseError, match="INCORRECT_DATA"):
        client.raw_insert("t", ["a"], "1\nx\n", fmt="CSV")

    assert client.query("SELECT count() FROM t").result_rows == [(0,)]


def test_settings_and_databases_end_with_their_request(client: Client) -> None:
    """What one request sets, the next does not see."""
    limited = client.command("SELECT getSetting('max_threads')", settings={"max_threads": 1})
    client.command("SET max_threads = 1")

    assert limited == 1
    assert client.command("SELECT value FROM system.settings WHERE name = 'max_threads' AND changed") != 1
    assert client.database == client.command("SELECT currentDatabase()")


def test_a_stranger_is_refused(door: DoorProcess) -> None:
    """Only the user `default` without a password is known."""
    with pytest.raises(DatabaseError, match="AUTHENTICATION_FAILED"):
        clickhouse_connect.get_client(host="127.0.0.1", port=door.port, username="someone", password="guess")


def test_several_clients_work_at_once(client: Client, door: DoorProcess) -> None:
    """Eight clients insert and read side by side; no row is lost and none is doubled."""
    client.command(_TABLE)
    database = str(client.database)

    def work(worker: int) -> None:
        with clickhouse_connect.get_client(
            host="127.0.0.1", port=door.port, database=database, autogenerate_session_id=False
        ) as own:
            for step in range(10):
                own.insert("t", [[worker * 10 + step, "x", 1.0, [], _NOON]], column_names=_COLUMNS)
                own.query("SELECT count() FROM t").first_row  # noqa: B018 - reading is the work

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))

    assert client.query("SELECT count(), uniqExact(a) FROM t").result_rows == [(80, 80)]
