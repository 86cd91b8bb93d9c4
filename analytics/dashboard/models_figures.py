"""Figures of the page of models: who answers, how right each version is, and what the next comparison lacks."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from analytics.clickhouse.client import Client
from analytics.clickhouse.parameters import in_sql
from analytics.clickhouse.queries import read
from analytics.dashboard.judged import share_of
from analytics.dashboard.models_folder import ModelsFolder
from analytics.reports.accuracy import accuracy
from analytics.reports.outlook import Rates, days_until, missing_tickets, share_for

# A page that nobody scrolls to the end of shows no more.
MAX_VERSIONS: Final = 50
MAX_EVENTS: Final = 50
# In how many days a person might want the judgements that are missing.
WISHED_DAYS: Final = (7, 30)
# Further ahead nobody plans, and a calendar has an end.
_FURTHEST_DAYS: Final = 3650.0
# What came within seconds says nothing about a day.
_SHORTEST: Final = timedelta(minutes=1)
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Judged(NamedTuple):
    """What people said of answers that were drawn at random.

    Attributes:
        judged: texts of audited answers, as far back as there are texts.
        for_gate: those of them that no model is trained on.
        since_last: those of `for_gate` that are newer than the last comparison.
        first: when the first answer of the window was given; None without one.
    """

    judged: int
    for_gate: int
    since_last: int
    first: datetime | None


class Seen(NamedTuple):
    """What the window holds.

    Attributes:
        since: where it begins.
        answered: tickets.
        drawn: of the answers, those that were drawn for the audit.
        audited: those of the drawn ones that were judged.
    """

    since: datetime
    answered: int
    drawn: int
    audited: int


def folder_figures(found: ModelsFolder) -> dict[str, Any]:
    """Return what the folder tells, the newest of it."""
    return {
        "problem": found.problem,
        "champion": found.champion,
        "versions": [version._asdict() for version in found.versions[:MAX_VERSIONS]],
        "all_versions": len(found.versions),
        "history": [
            event._asdict() | {"gate": event.gate and event.gate._asdict()} for event in found.history[:MAX_EVENTS]
        ],
        "all_events": len(found.history),
        "unread": found.unread,
    }


def models_since(
    client: Client, days: int, renamed: Mapping[str, str], last_gate: datetime | None, texts_kept_days: int
) -> dict[str, Any]:
    """Return who gave the answers of the last days, how right they are by model, and what the next gate lacks.

    Args:
        client: of the database.
        days: how far back.
        renamed: earlier labels and what they became; see `Question`.
        last_gate: when two models were compared last; None for never.
        texts_kept_days: how long the text of a ticket is there to be answered again.
    """
    now = datetime.now(UTC)
    since = now - timedelta(days=days)
    asked = {
        "since": in_sql(since),
        "last_gate": in_sql(last_gate or _NEVER),
        "texts_from": in_sql(now - timedelta(days=texts_kept_days)),
    }
    with ThreadPoolExecutor() as threads:
        traffic = threads.submit(client.rows, read("page_models"), asked)
        told = threads.submit(client.rows, read("page_gate"), asked)
        measured = accuracy(client, since, renamed=renamed)
    (judged,) = told.result()
    seen = Seen(since, measured.all.n, measured.drawn, measured.audit.n)
    return {
        "days": days,
        "traffic": traffic.result(),
        "accuracy": [
            {"model": group.name, "audit": share_of(group.audit), "verified": share_of(group.verified)}
            for group in measured.groups.get("model", ())
            if group.name is not None
        ],
        "gate": outlook(Judged(**judged), seen, now) | {"texts_kept_days": texts_kept_days},
    }


def outlook(judged: Judged, seen: Seen, now: datetime) -> dict[str, Any]:
    """Return what the next comparison lacks, when that will be there as things go, and which AUDIT_SHARE would do.

    Pure. `at` is None where nothing comes, or not within ten years.
    """
    missing = missing_tickets(judged.for_gate, judged.since_last)
    days = max(now - (judged.first or seen.since), _SHORTEST) / timedelta(days=1)
    rates = Rates(
        tickets_per_day=seen.answered / days,
        audit_share=seen.drawn / seen.answered if seen.answered else 0.0,
        judged_share=min(1.0, seen.audited / seen.drawn) if seen.drawn else 0.0,
        gate_share=judged.for_gate / judged.judged if judged.judged else 0.0,
    )
    in_days = days_until(missing, rates)
    return {
        **judged._asdict(),
        "missing": missing,
        **rates._asdict(),
        "at": now + timedelta(days=in_days) if in_days is not None and in_days < _FURTHEST_DAYS else None,
        "wishes": [{"days": wished, "audit_share": share_for(missing, wished, rates)} for wished in WISHED_DAYS],
    }
