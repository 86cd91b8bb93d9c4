"""Migrations run once, in order; views follow their files; whatever happens meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.errors import AnalyticsError, Misconfigured, Unavailable
from analytics.clickhouse.migrate import migrate, pending
from analytics.clickhouse.schema_files import Migration, Schema, View, checksum, shipped
from tests.support.clickhouse_process import DoorProcess

FIRST = Migration("0001_one", "CREATE TABLE IF NOT EXISTS _one (a Int8) ENGINE = MergeTree ORDER BY a;\n")
SECOND = Migration("0002_two", "-- Nothing; but a comment\n;\nCREATE TABLE IF NOT EXISTS _two AS _one;\n")
ONE = View("one", "CREATE OR REPLACE VIEW one AS SELECT a FROM _one")
OTHER = View("other", "CREATE OR REPLACE VIEW other AS SELECT a AS b FROM _one")
CHANGED = ONE._replace(text="CREATE OR REPLACE VIEW one AS SELECT a + 1 AS a FROM _one")
VIEWS = {"categorizations", "tickets", "corrections", "operations", "operations_1m", "operation_percentiles"}
VIEWS |= {"breakers", "alerts", "judgements", "ticket_texts"}


def _schema(*files: Migration | View, release: str = "1.2.0") -> Schema:
    migrations = tuple(file for file in files if isinstance(file, Migration))
    return Schema(release, migrations, tuple(file for file in files if isinstance(file, View)))


def _applied(client: Client, *files: Migration | View, release: str = "1.2.0") -> list[str]:
    return [str(step) for step in migrate(client, _schema(*files, release=release))]


def _one(client: Client) -> list[int]:
    return [row["a"] for row in client.rows("SELECT a FROM one")]


def test_the_shipped_files_make_every_view(empty: Client) -> None:
    """A database that does not exist is created with all that analysts read; a second run does nothing."""
    assert empty.tables() == {}
    applied = migrate(empty)
    engines = empty.tables()

    assert [step.file for step in applied] == [*shipped().migrations, *shipped().views]
    assert {name for name, engine in engines.items() if engine == "View"} == VIEWS
    assert migrate(empty) == []


def test_the_shipped_migrations_are_numbered_without_gaps() -> None:
    """Two migrations never share a number, and none is missing."""
    numbers = [int(migration.name.partition("_")[0]) for migration in shipped().migrations]

    assert numbers == list(range(1, len(numbers) + 1))


def test_a_dry_run_changes_nothing(empty: Client) -> None:
    """Asking what is pending leaves even the database uncreated."""
    waiting = pending(empty)
    rows = empty.outside("SELECT count() FROM system.databases WHERE name = {name:String}", {"name": empty.database})

    assert len(waiting) == len(shipped().migrations) + len(shipped().views)
    assert rows == 0


def test_only_what_is_lacking_is_applied(empty: Client) -> None:
    """A new migration runs alone; the ones before it are not repeated."""
    first = _applied(empty, FIRST)
    second = _applied(empty, FIRST, SECOND)

    assert [first, second] == [["migration 0001_one"], ["migration 0002_two"]]
    assert {"_one", "_two"} <= empty.tables().keys()


def test_a_changed_migration_is_refused(empty: Client) -> None:
    """A file that was edited after it had been applied stops everything, with its name and the mend."""
    _applied(empty, FIRST)
    edited = FIRST._replace(text=FIRST.text.replace("Int8", "Int16"))

    with pytest.raises(Misconfigured, match=r"0001_one was changed .* new migration"):
        _applied(empty, edited, SECOND)

    assert "_two" not in empty.tables()


def test_a_changed_view_is_replaced(empty: Client) -> None:
    """Whenever its text is not the one that was applied last, an earlier text included; the others are left alone."""
    _applied(empty, FIRST, ONE, OTHER)
    empty.command("INSERT INTO _one VALUES (1)")
    steps, found = [], []
    for view in (ONE, CHANGED, CHANGED, ONE):
        steps.append(_applied(empty, FIRST, view, OTHER))
        found.append(_one(empty))

    assert steps == [[], ["changed view one"], [], ["changed view one"]]
    assert found == [[1], [2], [2], [1]]


def test_a_view_that_was_dropped_is_created_again(empty: Client) -> None:
    """The record of a view is not taken for the view."""
    _applied(empty, FIRST, ONE)
    empty.command("DROP VIEW one")

    assert _applied(empty, FIRST, ONE) == ["new view one"]
    assert _one(empty) == []


@pytest.mark.parametrize(("older", "newer"), [("1.2.0", "1.2.1"), ("1.9.0", "1.10.0"), ("0.9.9", "1.0.0")])
def test_a_newer_database_is_left_alone(empty: Client, older: str, newer: str) -> None:
    """A process of an older version may start again during an update: it puts no view back."""
    _applied(empty, FIRST, SECOND, CHANGED, release=newer)

    assert _applied(empty, FIRST, ONE, release=older) == []
    assert _applied(empty, FIRST, ONE, release=newer) == ["changed view one"]


def test_a_database_from_before_the_first_release_is_refused(empty: Client) -> None:
    """Its name and the way out are said, and nothing is done, in a dry run either."""
    empty.create_database()
    empty.command("CREATE TABLE schema_migrations (number UInt32) ENGINE = MergeTree ORDER BY number")
    empty.command("CREATE TABLE categorization_store (a Int8) ENGINE = MergeTree ORDER BY a")
    before = empty.tables()

    for work in (migrate, pending):
        with pytest.raises(
            Misconfigured, match=r"CLICKHOUSE_DATABASE to a new name.*`ticketstream rebuild`"
        ) as refused:
            work(empty)
        assert f"The database {empty.database} " in str(refused.value)
    assert empty.tables() == before


def test_migrations_of_another_program_are_none_of_ours(empty: Client) -> None:
    """A user of the library may keep tables of his own in the database; `schema_migrations` is a common name."""
    empty.create_database()
    empty.command("CREATE TABLE schema_migrations (version Int64, dirty UInt8) ENGINE = MergeTree ORDER BY version")

    assert _applied(empty, FIRST) == ["migration 0001_one"]


def test_a_table_in_the_place_of_a_view_is_not_dropped(empty: Client) -> None:
    """CREATE OR REPLACE VIEW would take a table of that name with its rows."""
    empty.create_database()
    empty.command("CREATE TABLE one (a Int8) ENGINE = MergeTree ORDER BY a")
    empty.command("INSERT INTO one VALUES (1)")

    with pytest.raises(Misconfigured, match="has a table one of its own"):
        _applied(empty, FIRST, ONE)

    assert _one(empty) == [1]
    assert "_one" not in empty.tables()


def test_statements_and_checksums_are_of_the_text() -> None:
    """Comments and blanks are no statements."""
    assert SECOND.statements == ["CREATE TABLE IF NOT EXISTS _two AS _one"]
    assert checksum(FIRST) != checksum(SECOND)


def test_two_processes_may_start_at_once(empty: Client, door: DoorProcess) -> None:
    """Several that migrate the same empty database at the same time all succeed, and it is whole."""

    def start(_: int) -> None:
        with connect(door.url, empty.database) as client:
            migrate(client)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))

    assert empty.tables().keys() >= VIEWS
    assert pending(empty) == []


class _Failing:
    """A client whose first tries to replace a view fail, as when another process replaces it at the same moment."""

    def __init__(self, client: Client, failures: int) -> None:
        self._client = client
        self._left = failures

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)

    def command(self, statement: str) -> None:
        if self._left and "VIEW" in statement:
            self._left -= 1
            raise Unavailable("ClickHouse failed (UNKNOWN_TABLE)")
        self._client.command(statement)


def _client(stand_in: object) -> Client:
    """A stand-in that passes on what it does not do itself, as the client that it is."""
    return cast("Client", stand_in)


def test_a_statement_that_failed_is_tried_again(empty: Client) -> None:
    """Twice, after a pause; then the error is told."""
    pauses: list[float] = []
    with pytest.raises(Unavailable):
        migrate(_client(_Failing(empty, 3)), _schema(FIRST, ONE), pause=pauses.append)
    migrate(_client(_Failing(empty, 2)), _schema(FIRST, ONE), pause=pauses.append)

    assert len(pauses) == 4
    assert "one" in empty.tables()


class _Dying:
    """A client whose process dies before its n-th statement."""

    def __init__(self, client: Client, statements: int) -> None:
        self._client = client
        self._left = statements

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)

    def command(self, statement: str) -> None:
        if self._left == 0:
            raise KeyboardInterrupt
        self._left -= 1
        self._client.command(statement)


def _statements() -> int:
    files: tuple[Migration | View, ...] = (*shipped().migrations, *shipped().views)
    return sum(len(file.statements) for file in files)


@pytest.mark.long
def test_a_crash_half_way_is_healed_by_the_next_run(empty: Client, door: DoorProcess) -> None:
    """Whatever statement the process dies before, running it again completes the database."""
    for after in range(0, _statements() + 1, 3):
        with connect(door.url, f"{empty.database}_{after}") as client:
            try:
                with pytest.raises(KeyboardInterrupt):
                    migrate(_client(_Dying(client, after)))
                migrate(client)

                assert client.tables().keys() >= VIEWS
                assert pending(client) == []
            finally:
                client.outside(f"DROP DATABASE IF EXISTS {client.database}")


def test_a_failing_migration_is_not_recorded(empty: Client) -> None:
    """An error in a statement stops there; the migration runs again next time."""
    broken = Migration("0002_broken", "CREATE TABLE _two (a Nonsense) ENGINE = MergeTree ORDER BY a;")

    with pytest.raises(AnalyticsError, match="UNKNOWN_TYPE"):
        migrate(empty, _schema(FIRST, broken, ONE), pause=lambda _: None)

    assert [str(step) for step in pending(empty, _schema(FIRST, broken, ONE))] == [
        "migration 0002_broken",
        "new view one",
    ]
