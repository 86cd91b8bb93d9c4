import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.clickhouse.statement import Insert, InsertSelect, Plain, StatementError, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"SELECT 1", Plain(b"SELECT 1", None, answers=True)),
        (b"SELECT 1 FORMAT JSON", Plain(b"SELECT 1 FORMAT JSON", "JSON", answers=True)),
        (b"select 1 format CSV;\n", Plain(b"select 1 format CSV;\n", "CSV", answers=True)),
        (
            b"SELECT 1 FORMAT JSON SETTINGS max_threads = 1",
            Plain(b"SELECT 1 FORMAT JSON SETTINGS max_threads = 1", "JSON", answers=True),
        ),
        (b"SELECT ' FORMAT x'", Plain(b"SELECT ' FORMAT x'", None, answers=True)),
        (b"SELECT 1 -- FORMAT x", Plain(b"SELECT 1 -- FORMAT x", None, answers=True)),
        (b"/* a */ (SELECT 1)", Plain(b"/* a */ (SELECT 1)", None, answers=True)),
        (b"CREATE TABLE t (a Int8)", Plain(b"CREATE TABLE t (a Int8)", None, answers=False)),
        (b"INSERT INTO t VALUES (1)", Insert(b"INSERT INTO t ", b"", "Values", b" (1)")),
        (
            b"INSERT INTO values (`a;`, b) SETTINGS max_threads = 1 values(';');\n",
            Insert(b"INSERT INTO values (`a;`, b) ", b"SETTINGS max_threads = 1 ", "Values", b"(';');\n"),
        ),
        (b"SELECT $$'$$, $a$ ; $$ ; $a$", Plain(b"SELECT $$'$$, $a$ ; $$ ; $a$", None, answers=True)),
        (
            "SELECT \u2018;'\u2019, \u201c;\u201d".encode(),
            Plain("SELECT \u2018;'\u2019, \u201c;\u201d".encode(), None, answers=True),
        ),
        (
            b"INSERT INTO t SELECT 1 FORMAT Null",
            Plain(b"INSERT INTO t SELECT 1 FORMAT Null", None, answers=False),
        ),
        (b"INSERT INTO t FORMAT CSV\n1,2\n", Insert(b"INSERT INTO t ", b"", "CSV", b"1,2\n")),
        (
            b"insert into `t` (`a`) format Native\n\x01;\x00",
            Insert(b"insert into `t` (`a`) ", b"", "Native", b"\x01;\x00"),
        ),
        (b"INSERT INTO d.t FORMAT TSV \r\n\tx", Insert(b"INSERT INTO d.t ", b"", "TSV", b"\tx")),
        (b"INSERT INTO TABLE format FORMAT CSV;1", Insert(b"INSERT INTO TABLE format ", b"", "CSV", b"1")),
        (
            b"INSERT INTO t (a, `FORMAT`) SETTINGS async_insert = 0 FORMAT CSV\n1",
            Insert(b"INSERT INTO t (a, `FORMAT`) ", b"SETTINGS async_insert = 0 ", "CSV", b"1"),
        ),
        (
            b"INSERT INTO t (a) SELECT a + 1 FROM input ('a Int8') WHERE a > 0 FORMAT Avro\n FORMAT \x00",
            InsertSelect(
                b"INSERT INTO t (a) SELECT a + 1 FROM ", b"'a Int8'", b" WHERE a > 0 ", "Avro", b" FORMAT \x00"
            ),
        ),
        (
            b"INSERT INTO t WITH 'FORMAT' AS x SELECT x FROM (SELECT 1 FROM input('')) SETTINGS s = 1 FORMAT CSV 1",
            InsertSelect(
                b"INSERT INTO t WITH 'FORMAT' AS x SELECT x FROM (SELECT 1 FROM ",
                b"''",
                b") SETTINGS s = 1 ",
                "CSV",
                b"1",
            ),
        ),
        (
            b"INSERT INTO t SELECT input FROM x FORMAT Null",
            Plain(b"INSERT INTO t SELECT input FROM x FORMAT Null", None, answers=False),
        ),
        (
            b"INSERT INTO t SELECT * FROM input('a Int8')",
            Plain(b"INSERT INTO t SELECT * FROM input('a Int8')", None, answers=False),
        ),
    ],
)
def test_a_statement_is_told_from_its_data(text: bytes, expected: Plain | Insert | InsertSelect) -> None:
    """The statement, its format and its data are found in every spelling."""
    assert expected == parse(text)


@pytest.mark.parametrize(
    "text",
    [
        b"SELECT 1; SELECT 2",
        b"DROP TABLE a;\n DROP TABLE b;",
        b"INSERT INTO t SELECT 1; SELECT 2",
        b"INSERT INTO t VALUES (1); SELECT 2",
        b"INSERT INTO t FROM INFILE 'x' FORMAT CSV; SELECT 2",
        b"SELECT $$'$$; SELECT 1 --'",
        "SELECT \u2018'\u2019; SELECT 1 --'".encode(),
    ],
)
def test_two_statements_are_refused(text: bytes) -> None:
    """One request carries one statement, as on a server."""
    with pytest.raises(StatementError):
        parse(text)


@pytest.mark.parametrize("text", [b"", b" ;", b"-- nothing\n", b"\xff\xfe\x00", b"'SELECT 1'"])
def test_nothing_asked_is_refused(text: bytes) -> None:
    """Comments, blanks and bytes that no statement begins with are not a success."""
    with pytest.raises(StatementError):
        parse(text)


def test_a_semicolon_inside_or_at_the_end_is_no_second_statement() -> None:
    """Quoted semicolons and the final one do not count."""
    assert parse(b"SELECT ';', `;` /* ; */ ; -- ;\n") == Plain(b"SELECT ';', `;` /* ; */ ; -- ;\n", None, answers=True)


@given(data=st.binary(max_size=200))
def test_the_data_of_an_insert_is_kept_byte_for_byte(data: bytes) -> None:
    """Whatever bytes follow the line of the statement reach the engine unchanged."""
    parsed = parse(b"INSERT INTO t FORMAT Native\n" + data)

    assert Insert(b"INSERT INTO t ", b"", "Native", data) == parsed


@given(text=st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(text: bytes) -> None:
    """Nothing that a client can send ends in an unexpected error."""
    try:
        parsed = parse(text)
    except StatementError:
        return

    assert text.startswith(parsed.before if isinstance(parsed, InsertSelect) else parsed.sql)
