"""The ledger's file: opened, made, locked for a change, and what to say when it cannot be used."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_VERSION: Final = 1
# "tsll": no other program's database is taken for a ledger.
_APPLICATION: Final = 0x74736C6C
_BUSY_S: Final = 10.0

# A reservation's number is never given twice: a call that is settled late must not settle another one.
_SCHEMA: Final = f"""
CREATE TABLE spent (
  day TEXT NOT NULL, endpoint TEXT NOT NULL, model TEXT NOT NULL, calls INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  cost_nano INTEGER NOT NULL, refused_calls INTEGER NOT NULL, estimated_calls INTEGER NOT NULL,
  estimated_nano INTEGER NOT NULL, excess_nano INTEGER NOT NULL, PRIMARY KEY (day, endpoint, model)) WITHOUT ROWID;
CREATE TABLE reserved (
  reservation INTEGER PRIMARY KEY AUTOINCREMENT, day TEXT NOT NULL, endpoint TEXT NOT NULL, model TEXT NOT NULL,
  unix_s REAL NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cost_nano INTEGER NOT NULL,
  excess_nano INTEGER NOT NULL);
CREATE INDEX reserved_by_day ON reserved (day);
CREATE INDEX reserved_by_time ON reserved (endpoint, model, unix_s);
CREATE TABLE recent (endpoint TEXT NOT NULL, model TEXT NOT NULL, unix_s REAL NOT NULL);
CREATE INDEX recent_by_time ON recent (endpoint, model, unix_s);
CREATE TABLE standing (
  endpoint TEXT NOT NULL, model TEXT NOT NULL, standing TEXT NOT NULL, PRIMARY KEY (endpoint, model)) WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
"""
_MOVE: Final = (
    "stop what uses it, and move it away with the files beside it that end in -wal and -shm: a new one is begun,"
    " and counts what today costs from 0"
)
_MENDS: Final = {
    sqlite3.SQLITE_FULL: "its disk is full; make room",
    sqlite3.SQLITE_IOERR: "its disk is full or faulty; make room, or name a file elsewhere",
    sqlite3.SQLITE_READONLY: "it may not be written; let this user write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "it may not be opened or made; let this user write the file and its folder",
    sqlite3.SQLITE_PERM: "it may not be opened; let this user write the file and its folder",
    sqlite3.SQLITE_BUSY: "another process has held it for 10 seconds; end what holds it",
    sqlite3.SQLITE_NOTADB: f"it is no ledger, or damaged; {_MOVE}",
    sqlite3.SQLITE_CORRUPT: f"it is damaged; {_MOVE}",
}


class LedgerError(Exception):
    """The ledger cannot be read or written, so no call may be made. The message names the file and the mend."""


class LedgerFile:
    """A SQLite file with the ledger's tables. One thread at a time may use it.

    Args:
        path: of the file; it is made when it is not there, and its folder too.

    Raises:
        LedgerError: it cannot be opened or written, or is something else.
    """

    def __init__(self, path: Path) -> None:
        # Whatever becomes of the working directory.
        self.path = path.absolute()
        with self.named():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.db = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            try:
                self._prepare()
                self._identity = self._identify()
            except BaseException:
                self.db.close()
                raise

    @contextmanager
    def writing(self, *, durable: bool) -> Iterator[None]:
        """A change that no other process makes one beside. It is on the disk at its end when it is `durable`."""
        with self.named():
            if self._identity != self._identify():
                raise LedgerError(f"{self.path} was removed or replaced while it was in use; start again")
            with self._transaction(durable=durable):
                yield

    @contextmanager
    def named(self) -> Iterator[None]:
        """Name the file and the mend when something fails.

        Raises:
            LedgerError: it failed.
        """
        try:
            yield
        except sqlite3.Error as error:
            # The low byte is the kind; the rest says more than anybody can act on.
            kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
            raise LedgerError(f"the ledger {self.path} cannot be used: {_MENDS.get(kind, str(error))}") from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise LedgerError(
                f"the ledger {self.path} cannot be used: {reason}; let this user write the file and its folder"
            ) from error

    def _prepare(self) -> None:
        self._check()
        self.db.execute("PRAGMA journal_mode = WAL")
        with self._transaction(durable=True):
            # Another process may have made the tables since.
            if not self._tables():
                for statement in _SCHEMA.split(";"):
                    self.db.execute(statement)
        self._check()

    def _check(self) -> None:
        (application,) = self.db.execute("PRAGMA application_id").fetchone()
        (version,) = self.db.execute("PRAGMA user_version").fetchone()
        if not self._tables():
            return
        if application != _APPLICATION:
            raise LedgerError(f"{self.path} is a database of another program; name another file for the ledger")
        if version != _VERSION:
            raise LedgerError(
                f"{self.path} was written by another version of ticketstream (format {version}, and this one reads"
                f" {_VERSION}); name another file for the ledger"
            )

    def _tables(self) -> int:
        return int(self.db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])

    def _identify(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    @contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[None]:
        self.db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.db.execute("COMMIT")
        except BaseException:
            # Some errors have ended the transaction already.
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise
