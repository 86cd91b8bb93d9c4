"""The book of all calls to endpoints: what each may cost before it is made, and what it did cost after.

One SQLite file, for any number of processes on one machine. It is written before a call and synced to the disk, so what
it says holds over the death of processes and of the machine. What a call did cost is not synced: should the machine die
within the second, the call counts at its estimate.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from classifier.llm import ledger_rows as rows
from classifier.llm.ledger_file import LedgerError, LedgerFile
from classifier.llm.ledger_rows import Account, DayRow, Estimate, Reserved, Settled, Situation
from classifier.llm.limits import Standing, after_reserving
from classifier.llm.types import Refusal

__all__ = ["Account", "DayRow", "Estimate", "Ledger", "LedgerError", "Reserved", "Settled", "Situation", "utc_day"]


class Ledger:
    """One file. Its methods may be called from several threads.

    Args:
        path: of the file; it is made when it is not there, and its folder too.

    Raises:
        LedgerError: it cannot be opened or written, or is something else.
    """

    def __init__(self, path: Path) -> None:
        self._file = LedgerFile(path)
        self._db = self._file.db
        self._lock = threading.Lock()
        self._unwritten: list[tuple[int, Settled, Standing, float]] = []

    def close(self) -> None:
        """Close the file. What could not be written earlier is written if it can be now, or counts at its estimate."""
        with self._lock:
            try:
                if self._unwritten:
                    self._settle_all()
            except LedgerError:
                self._unwritten.clear()
            finally:
                self._db.close()

    def reserve(
        self, account: Account, estimate: Estimate, now: datetime, decide: Callable[[Situation], Refusal | None]
    ) -> Reserved | Refusal:
        """Write a call down before it is made, unless `decide` refuses it.

        Args:
            account: for what it is paid.
            estimate: what it may take at most. What earlier calls exceeded theirs by is added to its cost.
            now: its UTC day is the call's.
            decide: is asked while no other process can reserve.

        Raises:
            LedgerError: it was not written: make no call.
            ValueError: `now` has no time zone.
        """
        day, unix_s = utc_day(now), now.timestamp()
        with self._lock, self._file.writing(durable=True):
            self._write_all()
            excess_nano = rows.excess(self._db, account, day)
            whole = estimate._replace(cost_nano=estimate.cost_nano + excess_nano)
            standing = rows.standing(self._db, account)
            situation = Situation(
                rows.spent(self._db, day), whole.cost_nano, rows.window(self._db, account, unix_s), standing
            )
            reserved: Reserved | Refusal | None = decide(situation)
            if reserved is None:
                reserved = Reserved(rows.insert(self._db, account, day, unix_s, whole, excess_nano), whole)
                rows.put(self._db, account, after_reserving(standing, estimate.input_tokens + estimate.output_tokens))
        self._unwritten.clear()
        return reserved

    def settle(self, reservation: int, settled: Settled, said: Standing, now: datetime) -> None:
        """Put what a call came to in the place of its estimate; a second time changes nothing.

        Args:
            reservation: its number.
            settled: what it came to.
            said: by the headers of its reply.
            now: when it ended.

        Raises:
            LedgerError: it could not be written. It is kept, and written with the next one.
        """
        with self._lock:
            self._unwritten.append((reservation, settled, said, now.timestamp()))
            self._settle_all()

    def days(self) -> list[DayRow]:
        """Everything, by day, endpoint and model.

        Raises:
            LedgerError: the file cannot be read.
        """
        with self._lock, self._file.named():
            return rows.days(self._db)

    def spent_nano(self, now: datetime) -> int:
        """What this UTC day has cost so far, with all estimates.

        Raises:
            LedgerError: the file cannot be read.
        """
        with self._lock, self._file.named():
            return rows.spent(self._db, utc_day(now))

    def _settle_all(self) -> None:
        with self._file.writing(durable=False):
            self._write_all()
        self._unwritten.clear()

    def _write_all(self) -> None:
        for reservation, settled, said, unix_s in self._unwritten:
            rows.settle(self._db, reservation, settled, said, unix_s)


def utc_day(now: datetime) -> str:
    """The UTC day of a moment, such as 2026-11-30.

    Raises:
        ValueError: it has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("a moment needs a time zone: which UTC day it is on is not known otherwise")
    return now.astimezone(UTC).date().isoformat()
