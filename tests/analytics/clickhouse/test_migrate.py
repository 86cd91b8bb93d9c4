"""Migrations run once, in order, whatever happens while they run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from analytics.clickhouse.client import connect
from analytics.clickhouse.errors import AnalyticsError, Misconfigured
from analytics.clickhouse.migrate import Migration, migrate, pending, shipped

if TYPE_CHECKING:
    from analytics.clickhouse.client import Client
    from tests.support.clickhouse_process import DoorProcess

_FIRST = Migration(1, "one", "CREATE TABLE IF NOT EXISTS one (a Int8) ENGINE = MergeTree ORDER BY a;\n")
_SECOND = Migration(2, "two", "-- Nothing; but a comment\n;\nCREATE VIEW IF NOT EXISTS two AS SELECT 1 AS a;\n")
_VIEWS = {"categorizations", "tickets", "corrections", "operations", "breakers"}


def _names(client: Client) -> set[str]:
    rows = client.rows("SELECT name FROM system.tables WHERE database = {name:String}", {"name": client.database})
    return {row["name"] for row in rows}


def test_the_shipped_ones_make_every_view(empty: Client) -> None:
    """A database that does not exist is created with all that analysts read; a second run does nothing."""
    assert not empty.has_table("tickets")
    applied = migrate(empty)

    assert shipped() == applied
    assert _names(empty) >= _VIEWS
    assert migrate(empty) == []


def test_the_shipped_ones_are_numbered_without_gaps() -> None:
    """Two migrations never share a number, and none is missing."""
    assert list(range(1, len(shipped()) + 1)) == [migration.number for migration in shipped()]


def test_a_dry_run_changes_nothing(empty: Client) -> None:
    """Asking what is pending leaves even the database uncreated."""
    waiting = pending(empty)
    rows = empty.outside("SELECT count() FROM system.databases WHERE name = {name:String}", {"name": empty.database})

    assert shipped() == waiting
    assert rows == 0


def test_only_what_is_lacking_is_applied(empty: Client) -> None:
    """A new migration runs alone; the ones before it are not repeated."""
    first = migrate(empty, [_FIRST])
    second = migrate(empty, [_FIRST, _SECOND])

    assert [first, second] == [[_FIRST], [_SECOND]]
    assert {"one", "two"} <= _names(empty)


def test_a_changed_migration_is_refused(empty: Client) -> None:
    """A file that was edited after it had been applied stops everything, with its name and the mend."""
    migrate(empty, [_FIRST])
    edited = _FIRST._replace(text=_FIRST.text.replace("Int8", "Int16"))

    with pytest.raises(Misconfigured, match=r"0001_one was changed .* new migration"):
        migrate(empty, [edited, _SECOND])

    assert "two" not in _names(empty)


def test_a_newer_database_is_left_alone(empty: Client) -> None:
    """An older process may start again while a newer one has already migrated."""
    migrate(empty, [_FIRST, _SECOND])

    assert migrate(empty, [_FIRST]) == []


def test_the_checksum_ignores_line_ends() -> None:
    """Statements and checksums are of the text, and comments and blanks are no statements."""
    assert [_SECOND.statements[0]] == _SECOND.statements
    assert _SECOND.statements[0].startswith("CREATE VIEW")
    assert _FIRST.checksum != _SECOND.checksum


def test_two_processes_may_start_at_once(empty: Client, door: DoorProcess) -> None:
    """Several that migrate the same empty database at the same time all succeed, and it is whole."""

    def start(_: int) -> None:
        with connect(door.url, empty.database) as client:
            migrate(client)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))

    assert _names(empty) >= _VIEWS
    assert pending(empty) == []


def _statements() -> int:
    return sum(len(migration.statements) for migration in shipped())


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


@pytest.mark.long
def test_a_crash_half_way_is_healed_by_the_next_run(empty: Client, door: DoorProcess) -> None:
    """Whatever statement the process dies before, running it again completes the database."""
    for after in range(0, _statements() + 1, 3):
        with connect(door.url, f"{empty.database}_{after}") as client:
            try:
                with pytest.raises(KeyboardInterrupt):
                    migrate(_Dying(client, after))  # type: ignore[arg-type]
                migrate(client)

                assert _names(client) >= _VIEWS
                assert pending(client) == []
            finally:
                client.outside(f"DROP DATABASE IF EXISTS {client.database}")


def test_a_failing_migration_is_not_recorded(empty: Client) -> None:
    """An error in a statement stops there; the migration runs again next time."""
    broken = Migration(2, "broken", "CREATE TABLE two (a Nonsense) ENGINE = MergeTree ORDER BY a;")

    with pytest.raises(AnalyticsError, match="UNKNOWN_TYPE"):
        migrate(empty, [_FIRST, broken])

    assert pending(empty, [_FIRST, broken]) == [broken]
