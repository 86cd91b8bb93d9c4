"""How long the tables keep their rows: a TTL on each, set by RETENTION_DAYS and TEXTS_KEPT_DAYS.

Our TTLs are written in seconds. A TTL in any other form is somebody's own: it stays while no setting asks for another.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from analytics.clickhouse.client import Client

# Which rows go, by the time in this column. Not among them: figures of the operations by minute, hour and day (they
# name no ticket), the list of forgotten tickets (needed as long as Kafka holds them), what is emptied by the hour.
RETAINED: Final[Mapping[str, str]] = {
    "_categorizations": "categorized_at",
    "_categorizations_by_ticket": "categorized_at",
    "_corrections": "corrected_at",
    "_judgements": "categorized_at",
    "_answer_counts": "day",
    "_confidence_counts": "day",
    "_answered_records": "day",
    "_telemetry": "started_at",
    "_alert_events": "began_at",
}
TEXTS: Final = "_ticket_texts"
_TEXTS_COLUMN: Final = "received_at"
_DAY_S: Final = 86_400
_TTL = re.compile(r" TTL (.*?)(?: SETTINGS |$)", re.DOTALL)
_OURS = re.compile(r"toDateTime\(\w+\) \+ toIntervalSecond\((\d+)\)")
_ENGINES: Final = "SELECT name, engine_full FROM system.tables WHERE database = currentDatabase()"


class Wanted(NamedTuple):
    """What the settings ask for.

    Attributes:
        retention_days: of all tables but that of the texts; 0 keeps everything.
        texts_kept_days: of the texts; 0 stores none, and what is there goes when its days are over.
    """

    retention_days: int
    texts_kept_days: int

    def days(self) -> dict[str, int]:
        """By table; 0 is for ever. A text stays no longer than the answer to it."""
        made = dict.fromkeys(RETAINED, self.retention_days)
        if self.texts_kept_days:
            made[TEXTS] = min(self.texts_kept_days, self.retention_days or self.texts_kept_days)
        return made


class Change(NamedTuple):
    """The TTL of a table that is not as it is wanted.

    Attributes:
        table: its name.
        days: what is wanted; 0 is for ever.
        before: its TTL until now, as ClickHouse writes it; empty is none.
    """

    table: str
    days: int
    before: str

    def __str__(self) -> str:
        kept = f"keeps rows for {self.days} days" if self.days else "keeps rows for ever"
        return f"{self.table} {kept}"


def changes(client: Client, wanted: Wanted) -> list[Change]:
    """Which tables have another TTL than is wanted; tables that are not there are left out. Changes nothing.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
    """
    found = in_force(client)
    return [
        Change(table, days, found[table])
        for table, days in wanted.days().items()
        if table in found and _differs(found[table], table, days)
    ]


def apply(client: Client, wanted: Wanted) -> list[Change]:
    """Set what differs; return what was set. A second time, and two processes at once, change nothing more.

    Rows whose days are over go when ClickHouse merges their part, within hours. Rows that are there already get the new
    TTL by a mutation in the background.

    Raises:
        analytics.clickhouse.errors.Unavailable: when it may work later.
        analytics.clickhouse.errors.Misconfigured: when the user may not alter a table.
    """
    made = changes(client, wanted)
    for change in made:
        ttl = f"MODIFY TTL {_expression(change.table, change.days)}" if change.days else "REMOVE TTL"
        # A table of years takes longer to rewrite than an answer may take.
        client.command(f"ALTER TABLE {change.table} {ttl} SETTINGS mutations_sync = 0")
    return made


def in_force(client: Client) -> dict[str, str]:
    """The TTL of each table that has one of ours or could have, as ClickHouse writes it; empty is none.

    Nothing where the database does not exist yet.
    """
    if not client.tables():
        return {}
    found = {row["name"]: _TTL.search(row["engine_full"]) for row in client.rows(_ENGINES)}
    return {table: ttl.group(1) if ttl else "" for table, ttl in found.items() if table in {*RETAINED, TEXTS}}


def days_of(ttl: str) -> float | None:
    """How many days a TTL keeps rows; None when it is none of ours."""
    ours = _OURS.fullmatch(ttl)
    return int(ours.group(1)) / _DAY_S if ours else None


def in_words(found: Mapping[str, str], *, stores_texts: bool) -> str:
    """How long rows and texts are kept, for people.

    Args:
        found: as `in_force` returns it.
        stores_texts: whether texts are stored.
    """
    rows: dict[str, list[str]] = {}
    for table in RETAINED:
        if table in found:
            rows.setdefault(_kept(found[table]), []).append(table)
    said = [f"rows {kept}" if len(rows) == 1 else f"{', '.join(tables)} {kept}" for kept, tables in rows.items()]
    texts = _kept(found.get(TEXTS, ""))
    return "; ".join([*said, f"texts {texts}" if stores_texts else "no texts are stored"])


def _kept(ttl: str) -> str:
    days = days_of(ttl)
    if days is None:
        return f"with a TTL of their own ({ttl})" if ttl else "for ever"
    return f"for {days:g} days"


def _differs(ttl: str, table: str, days: int) -> bool:
    if days:
        return ttl != _expression(table, days)
    return _OURS.fullmatch(ttl) is not None


def _expression(table: str, days: int) -> str:
    column = RETAINED.get(table, _TEXTS_COLUMN)
    return f"toDateTime({column}) + toIntervalSecond({days * _DAY_S})"
