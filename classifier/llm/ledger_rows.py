"""The ledger's rows: what is asked of them, and what becomes of them. Each function is part of one transaction."""

from sqlite3 import Connection
from typing import Final, NamedTuple

import msgspec

from classifier.llm.limits import MINUTE_S, Standing, Window, after_reply

# A call that was reserved longer ago is no longer under way: its process is dead.
_UNDER_WAY_S: Final = 600.0

_DAYS: Final = """
SELECT day, endpoint, model, sum(calls), sum(input_tokens), sum(cached_tokens), sum(output_tokens), sum(cost_nano),
       sum(refused_calls), sum(estimated_calls), sum(estimated_nano)
FROM (SELECT day, endpoint, model, calls, input_tokens, cached_tokens, output_tokens, cost_nano, refused_calls,
             estimated_calls, estimated_nano FROM spent
      UNION ALL SELECT day, endpoint, model, 1, 0, 0, 0, 0, 0, 1, cost_nano FROM reserved)
GROUP BY day, endpoint, model ORDER BY day, endpoint, model
"""
_ADD: Final = """
INSERT INTO spent VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (day, endpoint, model) DO UPDATE SET
  calls = calls + 1, input_tokens = input_tokens + excluded.input_tokens,
  cached_tokens = cached_tokens + excluded.cached_tokens, output_tokens = output_tokens + excluded.output_tokens,
  cost_nano = cost_nano + excluded.cost_nano, refused_calls = refused_calls + excluded.refused_calls,
  estimated_calls = estimated_calls + excluded.estimated_calls,
  estimated_nano = estimated_nano + excluded.estimated_nano, excess_nano = max(excess_nano, excluded.excess_nano)
"""
_SPENT: Final = """
SELECT (SELECT coalesce(sum(cost_nano + estimated_nano), 0) FROM spent WHERE day = ?)
     + (SELECT coalesce(sum(cost_nano), 0) FROM reserved WHERE day = ?)
"""


class Account(NamedTuple):
    """For what calls are paid: an endpoint, without secrets, and its model."""

    endpoint: str
    model: str


class Estimate(NamedTuple):
    """What one call may take at most."""

    input_tokens: int
    output_tokens: int
    cost_nano: int


class Reserved(NamedTuple):
    """A call that is written down."""

    number: int
    estimate: Estimate
    """With what earlier calls exceeded theirs by."""


class Situation(NamedTuple):
    """What the ledger knows just before a call."""

    spent_nano: int
    """Of this UTC day, by all endpoints and models, with the estimates of calls that are under way or were lost."""
    cost_nano: int
    """What the call may cost at most."""
    window: Window
    standing: Standing


class Settled(NamedTuple):
    """What a call came to."""

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost_nano: int = 0
    refused: bool = False
    """By the endpoint, before it worked: the call cost nothing."""
    unknown: bool = False
    """Nobody knows: it counts at its estimate, and the numbers here do not count."""


class DayRow(NamedTuple):
    """One UTC day of one account."""

    day: str
    endpoint: str
    model: str
    calls: int
    """All of them, also refused and lost ones."""
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_nano: int
    """Of calls that the endpoint counted."""
    refused_calls: int
    """Which the endpoint refused before it worked: they cost nothing."""
    estimated_calls: int
    """Of which nobody knows what they cost: no answer yet, none at all, or the process died."""
    estimated_nano: int
    """What these may have cost at most."""


def settle(db: Connection, reservation: int, settled: Settled, said: Standing, unix_s: float) -> None:
    """Put what a call came to in the place of its estimate, once; learn what its headers say."""
    row = db.execute(
        "SELECT day, endpoint, model, cost_nano, excess_nano FROM reserved WHERE reservation = ?", (reservation,)
    ).fetchone()
    if row is None:
        return
    day, endpoint, model, cost_nano, excess_nano = row
    account = Account(endpoint, model)
    db.execute("DELETE FROM reserved WHERE reservation = ?", (reservation,))
    counted = Settled() if settled.unknown else settled
    more_nano = counted.cost_nano - (cost_nano - excess_nano)
    numbers = (*counted[:4], int(settled.refused), int(settled.unknown), cost_nano if settled.unknown else 0)
    db.execute(_ADD, (day, *account, *numbers, max(0, more_nano)))
    put(db, account, after_reply(standing(db, account), said, *under_way(db, account, unix_s)))


def spent(db: Connection, day: str) -> int:
    """What a day has cost, with all estimates."""
    return int(db.execute(_SPENT, (day, day)).fetchone()[0])


def excess(db: Connection, account: Account, day: str) -> int:
    """By how much a call of the day exceeded its estimate at most: the next one may do so too."""
    question = "SELECT excess_nano FROM spent WHERE day = ? AND endpoint = ? AND model = ?"
    row = db.execute(question, (day, *account)).fetchone()
    return int(row[0]) if row else 0


def window(db: Connection, account: Account, unix_s: float) -> Window:
    """The calls of the last minute."""
    # A time beyond the window on the other side is that of a clock which has been set back.
    db.execute(
        "DELETE FROM recent WHERE endpoint = ? AND model = ? AND (unix_s <= ? OR unix_s >= ?)",
        (*account, unix_s - MINUTE_S, unix_s + MINUTE_S),
    )
    question = "SELECT count(*), min(unix_s) FROM recent WHERE endpoint = ? AND model = ?"
    calls, oldest = db.execute(question, account).fetchone()
    return Window(calls, unix_s if oldest is None else oldest)


def under_way(db: Connection, account: Account, unix_s: float) -> tuple[int, int]:
    """How many calls are under way, and what tokens they may take."""
    question = (
        "SELECT count(*), coalesce(sum(input_tokens + output_tokens), 0) FROM reserved"
        " WHERE endpoint = ? AND model = ? AND unix_s > ?"
    )
    calls, tokens = db.execute(question, (*account, unix_s - _UNDER_WAY_S)).fetchone()
    return calls, tokens


def insert(db: Connection, account: Account, day: str, unix_s: float, estimate: Estimate, excess_nano: int) -> int:
    """Write a call down; the number is its reservation's."""
    db.execute("INSERT INTO recent VALUES (?, ?, ?)", (*account, unix_s))
    values = (day, *account, unix_s, *estimate, excess_nano)
    cursor = db.execute("INSERT INTO reserved VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    return int(cursor.lastrowid or 0)


def standing(db: Connection, account: Account) -> Standing:
    """What is known of the endpoint's limits."""
    row = db.execute("SELECT standing FROM standing WHERE endpoint = ? AND model = ?", account).fetchone()
    return msgspec.json.decode(row[0], type=Standing) if row else Standing()


def put(db: Connection, account: Account, standing: Standing) -> None:
    """Keep what is known of the endpoint's limits."""
    if standing != Standing():
        written = msgspec.json.encode(standing).decode()
        db.execute("INSERT OR REPLACE INTO standing VALUES (?, ?, ?)", (*account, written))


def days(db: Connection) -> list[DayRow]:
    """Everything, by day, endpoint and model."""
    return [DayRow(*row) for row in db.execute(_DAYS)]
