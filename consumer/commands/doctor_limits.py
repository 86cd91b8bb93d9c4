"""What `ticketstream doctor` finds about times against each other, the clock, and the disk."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from consumer.commands.finding import Finding
from consumer.config.settings import Settings
from consumer.kafka.consumer import DEFAULTS

# The service keeps an empty file there, an LLM its ledger.
FREE_BYTES = 100 * 1024 * 1024
# Delays from event to row and ages of records are told in seconds.
CLOCK_S = 5.0
_SHARE_OF_SESSION = 3


def examine_times(settings: Settings, limits: Mapping[str, int]) -> Iterator[Finding]:
    """Times that do not fit each other, or that the brokers refuse. Pure.

    Args:
        settings: of the service.
        limits: `group.min.session.timeout.ms` and its like of the brokers, as far as they tell.
    """
    properties = {**DEFAULTS, **settings.kafka_properties.consumer}
    session_ms, heartbeat_ms = (int(properties[name]) for name in ("session.timeout.ms", "heartbeat.interval.ms"))
    lowest, highest = (limits.get(f"group.{end}.session.timeout.ms") for end in ("min", "max"))
    if lowest is not None and session_ms < lowest:
        yield _refused(session_ms, "below", "min", lowest)
    if highest is not None and session_ms > highest:
        yield _refused(session_ms, "above", "max", highest)
    if heartbeat_ms * _SHARE_OF_SESSION > session_ms:
        detail = (
            f"KAFKA_HEARTBEAT_INTERVAL_MS={heartbeat_ms} is more than a third of KAFKA_SESSION_TIMEOUT_MS={session_ms}:"
            " a worker may lose its partitions for one or two lost heartbeats; lower the first, or raise the second"
        )
        yield Finding("times", "warning", detail)


def _refused(session_ms: int, side: str, end: str, limit: int) -> Finding:
    detail = (
        f"KAFKA_SESSION_TIMEOUT_MS={session_ms} is {side} group.{end}.session.timeout.ms={limit} of the brokers,"
        " which refuse the group's members: set it within their limits"
    )
    return Finding("times", "failed", detail)


def examine_state_dir(folder: Path) -> Iterator[Finding]:
    """Whether the service can keep its file there, and how much room is left."""
    # The service makes the folder; until then what counts is where.
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        detail = f"STATE_DIR={folder} cannot be written by this user: change its owner, or set STATE_DIR to another"
        yield Finding("disk", "failed", detail)
        return
    free = shutil.disk_usage(there).free
    words = f"STATE_DIR={folder} has {free / 1024**2:,.0f} MiB left"
    if free < FREE_BYTES:
        yield Finding("disk", "warning", f"{words}: make room, or set STATE_DIR to another disk")
    else:
        yield Finding("disk", "ok", words)


def examine_clock(clickhouse_s: float, now_s: float) -> Iterator[Finding]:
    """How far this machine's clock is from ClickHouse's. Pure.

    Args:
        clickhouse_s: seconds since 1970, as ClickHouse has them.
        now_s: the same, as this machine has them.
    """
    ahead_s = now_s - clickhouse_s
    if abs(ahead_s) > CLOCK_S:
        side = "ahead of" if ahead_s > 0 else "behind"
        detail = (
            f"this machine is {abs(ahead_s):.0f} s {side} ClickHouse: delays, ages and days of reports are wrong by so"
            " much; set both by NTP"
        )
        yield Finding("clock", "warning", detail)
