"""Takes tickets out of every table that can name them, until no byte of them is left on ClickHouse's disk.

No statement names a ticket, for statements are kept: in the files of mutations and in query logs. The tickets are those
of a run in the list of forgotten ones (`analytics.store.forgotten`), where they are hashed.
"""

import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from typing import Final, NamedTuple

from analytics.clickhouse.client import Client
from analytics.clickhouse.errors import Unavailable
from analytics.clickhouse.queries import read
from analytics.store.old_parts import removed_soon, until_removed

# Tables with a ticket_id. Those of the answers come last: the records to take out of the counts are found there.
NAMING: Final = (
    "_corrections",
    "_judgements",
    "_telemetry",
    "_stored_tickets",
    "_ticket_texts",
    "_categorizations_by_ticket",
    "_categorizations",
)
# Counts are sets of the records that they count. Figures of the operations name nothing, and stay.
COUNTING: Final = ("_answer_counts", "_confidence_counts", "_answered_records")
# As many hashes as a parameter holds with room to spare.
_ASKED_AT_ONCE: Final = 1_000
_ROUNDS: Final = 3
_LOOK_EVERY_S: Final = 0.2
# Merges of a table wait for room and memory; what fails for longer will not mend itself.
_FAILS_FOR_S: Final = 60.0


class Left(NamedTuple):
    """How much is still to be done.

    Attributes:
        doing: what is waited for.
        parts: of tables; those that are to be rewritten, or those that lie on the disk still.
    """

    doing: str
    parts: int


def rows_of(client: Client, hashes: Sequence[str]) -> dict[str, Counter[str]]:
    """How many rows ClickHouse holds of tickets, by the hash of the ticket and by table; without rows there is none.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
    """
    found: dict[str, Counter[str]] = {}
    for first in range(0, len(hashes), _ASKED_AT_ONCE):
        for row in client.rows(read("rows_of_tickets"), {"hashes": list(hashes[first : first + _ASKED_AT_ONCE])}):
            found.setdefault(row["ticket_hash"], Counter())[row["table"]] += row["n"]
    return found


def forget(client: Client, run: str, hashes: Sequence[str]) -> Generator[Left, None, None]:
    """Delete the rows of a run's tickets, and wait until the parts that held them are gone from the disk.

    It may be closed before its end, and begun again as another run. What was begun, ClickHouse goes on with.

    Args:
        client: of the database.
        run: under which the tickets stand in the list; letters and digits.
        hashes: of the tickets.

    Yields:
        What is left, several times a second.

    Raises:
        analytics.clickhouse.errors.Unavailable: rows came back each time, a table cannot be rewritten, or ClickHouse
            does not answer.
        analytics.clickhouse.errors.Misconfigured: the user may not do it.
    """
    with removed_soon(client, (*NAMING, *COUNTING)):
        yield from _deleted(client, run, hashes)
        for parts in until_removed(client, (*NAMING, *COUNTING)):
            yield Left("waiting until ClickHouse removes the old parts from its disk", parts)


def _deleted(client: Client, run: str, hashes: Sequence[str]) -> Iterator[Left]:
    for _ in range(_ROUNDS):
        tables = Counter[str]()
        for rows in rows_of(client, hashes).values():
            tables.update(rows)
        if not tables:
            break
        client.command(read("note_records"), {"run": run})
        # The counts first: which records they counted is known from the answers alone.
        yield from _mutate(client, run, _uncounting(run))
        yield from _mutate(client, run, [_deleting(table, run) for table in NAMING if table in tables])
    else:
        raise Unavailable("Rows of these tickets were stored again and again meanwhile. Run it once more.")
    client.command(f"ALTER TABLE _forgetting DROP PARTITION '{run}'")


def _uncounting(run: str) -> list[str]:
    return read("uncount_records").replace("$run", run).split(";")


def _deleting(table: str, run: str) -> str:
    return read("delete_tickets").replace("$table", table).replace("$run", run)


def _mutate(client: Client, run: str, statements: Sequence[str]) -> Iterator[Left]:
    for statement in statements:
        client.command(statement)
    failing_since_s: float | None = None
    while left := client.rows(read("mutations_left"), {"run": run}):
        failure = next((row["failure"] for row in left if row["failure"]), "")
        failing_since_s = (failing_since_s or time.monotonic()) if failure else None
        if failing_since_s is not None and time.monotonic() - failing_since_s > _FAILS_FOR_S:
            raise Unavailable(f"{left[0]['table']} cannot be rewritten: {failure}")
        yield Left("rewriting tables", sum(row["parts"] for row in left))
        time.sleep(_LOOK_EVERY_S)
