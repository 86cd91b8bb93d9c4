"""The engine: one process, one data folder, a new connection for every statement.

A connection costs 0.3 ms. Settings, database and parameters of a request end with its connection, as HTTP promises.
Connections run in parallel, because chdb releases the GIL while it works.
"""

import re
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import chdb

from sandbox.clickhouse import access
from sandbox.clickhouse.statement import Insert, InsertSelect, Plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from tempfile import _TemporaryFileWrapper

_ERROR = re.compile(r"Code: (\d+)\. .*", re.DOTALL)
_ERROR_NAME = re.compile(r"\(([A-Z][A-Z0-9_]+)\)")
# chdb answers `1 + 1` as if it were a SELECT and takes the host's time zone; a server does neither.
_SERVER_LIKE = {"implicit_select": "0", "session_timezone": "UTC"}
# The table that holds what `input` reads; it ends with its connection.
_INPUT = b"_rows_of_the_request"


class EngineError(Exception):
    """The engine refused a statement.

    Attributes:
        code: ClickHouse's number of the error.
        name: ClickHouse's name of the error, such as UNKNOWN_TABLE.
        text: the message as a server would send it.
    """

    def __init__(self, code: int, name: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.name = name
        self.text = text


class DataFolderError(Exception):
    """The data folder cannot be opened: a second engine uses it, or it is not usable."""


class Outcome(NamedTuple):
    """The result of a statement: its bytes and the counts of the engine."""

    body: bytes
    read_rows: int
    read_bytes: int
    written_rows: int
    written_bytes: int
    elapsed_ns: int


class Engine:
    """ClickHouse over one data folder; safe to call from several threads at once.

    Args:
        data: the folder, created when missing.
        memory_limit_bytes: memory of all statements together; 0 leaves it to the engine.

    Raises:
        DataFolderError: when the folder cannot be opened.
    """

    def __init__(self, data: Path, memory_limit_bytes: int = 0) -> None:
        if {"?", "&"} & set(str(data.resolve())):
            raise DataFolderError(f"The data folder {data} has ? or & in its name; choose another.")
        try:
            data.mkdir(parents=True, exist_ok=True)
            options = {"config-file": str(access.configure(data).resolve())}
        except OSError as error:
            raise DataFolderError(f"The data folder {data} cannot be written: {error.strerror}.") from error
        if memory_limit_bytes:
            options["max_server_memory_usage"] = str(memory_limit_bytes)
        self._address = f"{data.resolve()}?{urllib.parse.urlencode(options, quote_via=urllib.parse.quote)}"
        try:
            # The engine stops with its last connection; this one keeps it running.
            self._held = _connect(self._address)
        except RuntimeError as error:
            raise DataFolderError(f"The engine cannot open {data}: is another one running there? {error}") from error
        self._hold_access_control(data)
        self.version = self._text("SELECT version()")
        self.timezone = _SERVER_LIKE["session_timezone"]
        self.host = self._text("SELECT hostName()")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the engine write its data and stop."""
        self._held.close()

    def _hold_access_control(self, data: Path) -> None:
        """Refuse to run without it: the engine says nothing of options that it does not take."""
        if "FILE" in self._text("SHOW GRANTS"):
            self.close()
            raise DataFolderError(f"The engine takes no access control in {data}; choose a folder with a plain name.")

    def _text(self, sql: str) -> str:
        return bytes(self._held.query(sql, "TabSeparatedRaw").bytes()).decode().strip()

    def run(
        self,
        statement: Plain | Insert | InsertSelect,
        *,
        database: str,
        settings: Mapping[str, str],
        parameters: Mapping[str, str],
        default_format: str,
    ) -> Outcome:
        """Run one statement.

        Args:
            statement: what to run.
            database: the current database; empty is `default`.
            settings: settings of this statement only.
            parameters: values of `{name:Type}`, escaped as in the HTTP interface.
            default_format: the output format when the statement names none.

        Raises:
            EngineError: when the engine refuses any of it.
        """
        if isinstance(statement, InsertSelect):
            self._refuse_files(Plain(_given(statement), None, answers=False))
            self._refuse_files(Plain(statement.reading(_INPUT), None, answers=False))
        else:
            self._refuse_files(statement)
        connection = _connect(self._address)
        try:
            if database:
                connection.query(f"USE {_identifier(database)}")
            connection.query(_set({**_SERVER_LIKE, **settings}))
            if isinstance(statement, Insert):
                return _insert(connection, statement)
            if isinstance(statement, InsertSelect):
                return _insert_select(connection, statement, parameters)
            return _outcome(connection.query(statement.sql, default_format, params=dict(parameters)))
        except UnicodeDecodeError as error:
            # chdb's messages quote the statement, which may hold bytes that are no text.
            raise _translated(error.object.decode(errors="replace"), self.version) from None
        except RuntimeError as error:
            raise _translated(str(error), self.version) from error
        finally:
            connection.close()

    def _refuse_files(self, statement: Plain | Insert) -> None:
        """Look at a statement as the engine itself reads it."""
        if not access.may_reach_files(statement):
            return
        text = statement.sql if isinstance(statement, Plain) else statement.reading(access.DATA)
        connection = _connect(self._address)
        try:
            # The text stands in this statement as a literal, however long it is.
            connection.query("SET max_query_size = 1000000000")
            tree = connection.query(access.TREE.encode().replace(b"{}", _quoted(text)), "TSVRaw").bytes()
            reason = access.forbidden(bytes(tree).decode(errors="replace"), has_data=isinstance(statement, Insert))
        except UnicodeDecodeError as error:
            raise _translated(error.object.decode(errors="replace"), self.version) from None
        except (RuntimeError, ValueError) as error:
            raise _translated(str(error), self.version) from error
        finally:
            connection.close()
        if reason:
            message = f"Code: 497. DB::Exception: The sandbox keeps to its tables: {reason} is refused. (ACCESS_DENIED)"
            raise _translated(message, self.version)


def _connect(address: str) -> Any:
    connect: Callable[[str], Any] = chdb.connect
    return connect(address)


def _insert(connection: Any, statement: Insert) -> Outcome:
    """Insert from a file: chdb's own streaming insert skips checks that a server makes, such as constraints."""
    with _file_of(statement.data) as file:
        result = connection.query(statement.reading(_quoted(file.name.encode())), "TabSeparated")
    return _outcome(result)


def _insert_select(connection: Any, statement: InsertSelect, parameters: Mapping[str, str]) -> Outcome:
    """Insert from a table of this connection: chdb has nothing that `input` could read."""
    connection.query(_given(statement))
    _insert(connection, Insert(b"INSERT INTO " + _INPUT, b"", statement.format, statement.data))
    return _outcome(connection.query(statement.reading(_INPUT), "TabSeparated", params=dict(parameters)))


def _given(statement: InsertSelect) -> bytes:
    """The statement that makes the table with the rows of an INSERT … SELECT."""
    columns = statement.structure[1:-1].replace(b"\\'", b"'").replace(b"''", b"'").replace(b"\\\\", b"\\")
    return b"CREATE TEMPORARY TABLE " + _INPUT + b" (" + columns + b")"


@contextmanager
def _file_of(data: bytes) -> Iterator["_TemporaryFileWrapper[bytes]"]:
    """A temporary file with these bytes; the folder for it may be full, missing or read-only."""
    try:
        with NamedTemporaryFile(prefix="insert-", suffix=".data") as file:
            file.write(data)
            file.flush()
            yield file
    except OSError as error:
        reason = f"Cannot write a temporary file ({error.strerror}); make room, or set TMPDIR to another folder."
        raise EngineError(243, "NOT_ENOUGH_SPACE", f"Code: 243. DB::Exception: {reason} (NOT_ENOUGH_SPACE)") from error


def _outcome(result: Any) -> Outcome:
    return Outcome(
        result.bytes() or b"",
        result.rows_read(),
        result.bytes_read(),
        result.rows_written(),
        result.bytes_written(),
        int(result.elapsed() * 1e9),
    )


def _identifier(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _set(settings: Mapping[str, str]) -> str:
    return "SET " + ", ".join(f"{_identifier(name)} = {_literal(value)}" for name, value in settings.items())


def _literal(value: str) -> str:
    return _quoted(value.encode()).decode()


def _quoted(value: bytes) -> bytes:
    return b"'" + value.replace(b"\\", b"\\\\").replace(b"'", b"\\'") + b"'"


def _translated(message: str, version: str) -> EngineError:
    """Turn a message of the engine into that of a server: from `Code:` on, with the version at its end."""
    match = _ERROR.search(message)
    # 1002 is ClickHouse's own UNKNOWN_EXCEPTION.
    text = match.group().strip() if match else f"Code: 1002. DB::Exception: {message} (UNKNOWN_EXCEPTION)"
    names = _ERROR_NAME.findall(text)
    if not text.endswith(f"(version {version})"):
        text = f"{text} (version {version})"
    return EngineError(int(match.group(1)) if match else 1002, names[-1] if names else "UNKNOWN_EXCEPTION", text)
