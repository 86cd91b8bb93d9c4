"""Parts of tables that were replaced: off the disk in seconds, where ClickHouse would keep them for eight minutes.

ClickHouse keeps them for a loss of power, until their replacement has surely reached the disk. So replacements are
written through to the disk meanwhile.
"""

import math
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from analytics.clickhouse.client import Client
from analytics.clickhouse.errors import Misconfigured, Unavailable
from analytics.clickhouse.queries import read

_HASTY: Final = {
    "old_parts_lifetime": "1",
    "fsync_part_directory": "1",
    "min_compressed_bytes_to_fsync_after_merge": "1",
    "min_rows_to_fsync_after_merge": "1",
}
_SETTING = re.compile(r"(\w+) = (\d+)")
_ENGINES: Final = "SELECT name, engine_full FROM system.tables WHERE database = currentDatabase()"
_LOOK_EVERY_S: Final = 0.2
_URGE_EVERY_S: Final = 5.0


@contextmanager
def removed_soon(client: Client, tables: Sequence[str]) -> Iterator[None]:
    """Within it, parts that were replaced go after a second. A server that refuses this keeps its own time."""
    before = {row["name"]: dict(_SETTING.findall(row["engine_full"])) for row in client.rows(_ENGINES)}
    for table in tables:
        with suppress(Misconfigured, Unavailable):
            wanted = ", ".join(f"{name} = {value}" for name, value in _HASTY.items())
            client.command(f"ALTER TABLE {table} MODIFY SETTING {wanted}")
    try:
        yield
    finally:
        for table in tables:
            with suppress(Misconfigured, Unavailable):
                _restore(client, table, before[table])


def until_removed(client: Client, tables: Sequence[str]) -> Iterator[int]:
    """Wait until every part that was replaced by now is gone from the disk; how many are left, several times a second.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse does not answer.
    """
    until_s = int(client.rows("SELECT toUnixTimestamp(now()) AS now_s")[0]["now_s"])
    asked = {"tables": list(tables), "until_s": until_s}
    urged_s = -math.inf
    while left := client.rows(read("parts_left"), asked)[0]["parts"]:
        yield left
        if time.monotonic() > urged_s + _URGE_EVERY_S:
            urged_s = time.monotonic()
            _urge(client, tables)
        time.sleep(_LOOK_EVERY_S)


def _restore(client: Client, table: str, before: dict[str, str]) -> None:
    # What a command that was killed has left behind is no setting of the operator.
    own = {name: value for name, value in before.items() if _HASTY.get(name, value) != value}
    if own:
        settings = ", ".join(f"{name} = {value}" for name, value in own.items())
        client.command(f"ALTER TABLE {table} MODIFY SETTING {settings}")
    if others := _HASTY.keys() - own.keys():
        client.command(f"ALTER TABLE {table} RESET SETTING {', '.join(sorted(others))}")


def _urge(client: Client, tables: Sequence[str]) -> None:
    """Have the tables look for old parts now: they do when a partition is dropped. No table has this one.

    A table that nothing is written to looks by itself twice a minute.
    """
    for table in tables:
        with suppress(Misconfigured, Unavailable):
            client.command(f"ALTER TABLE {table} DROP PARTITION ID 'none'")
