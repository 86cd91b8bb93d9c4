"""The gate's tickets as ClickHouse has them now, and how fast more of them come."""

from datetime import UTC, datetime, timedelta

from analytics.clickhouse.client import Client
from analytics.reports.accuracy import Accuracy, accuracy
from analytics.reports.outlook import Rates, days_until, share_for
from classifier.model_folder import ModelFolder
from consumer.answer.taxonomy import Taxonomy
from learning.choosing import Row, chosen
from learning.judged_tickets import EVER, judged_tickets
from learning.retraining import never_learned
from learning.texts import GATE_SHARE

LOOK_BACK_DAYS = 30
_SOON_DAYS = 7


def gate_tickets(client: Client, folder: ModelFolder, taxonomy: Taxonomy, key: bytes | None) -> list[Row]:
    """The audited tickets that no version of the folder was trained on, neither by an equal text.

    Args:
        client: of the database.
        folder: of the models.
        taxonomy: the one in use.
        key: FINGERPRINT_KEY.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    learned = frozenset[str]().union(*(folder.trained_on(version.name) for version in folder.versions()))
    found = chosen(judged_tickets(client, EVER, key).tickets, (), taxonomy)
    return never_learned(found.gate, learned.__contains__)


def rates(client: Client, audit_share: float, now: datetime) -> Rates:
    """How fast audited tickets of the gate were judged in the last LOOK_BACK_DAYS.

    Args:
        client: of the database.
        audit_share: AUDIT_SHARE, where nothing was drawn yet.
        now: aware.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    found = accuracy(client, now - timedelta(days=LOOK_BACK_DAYS))
    answers, drawn = found.all.n, found.drawn
    return Rates(
        tickets_per_day=answers / _days(found, now),
        audit_share=drawn / answers if drawn and answers else audit_share,
        judged_share=found.audit.n / drawn if drawn else 1.0,
        gate_share=GATE_SHARE,
    )


def _days(found: Accuracy, now: datetime) -> float:
    """How long there have been answers: a service that began yesterday has a rate too."""
    first = min((group.name for group in found.groups.get("day", ()) if group.name), default=None)
    if first is None:
        return LOOK_BACK_DAYS
    began = datetime.fromisoformat(first).replace(tzinfo=UTC)
    return min(max((now - began) / timedelta(days=1), 1.0), LOOK_BACK_DAYS)


def outlook(missing: int, rate: Rates) -> str:
    """When the missing judgements will be there, and which AUDIT_SHARE would bring them within a week."""
    days, share = days_until(missing, rate), share_for(missing, _SOON_DAYS, rate)
    seen = (
        f"{rate.tickets_per_day:,.0f} tickets a day, {rate.audit_share:.1%} of them drawn for the audit,"
        f" {rate.judged_share:.0%} of those judged"
    )
    when = "they never come" if days is None else f"they are there in about {max(1, round(days)):,} days"
    sooner = (
        f"AUDIT_SHARE={share:g} would bring them within a week"
        if share is not None
        else "no AUDIT_SHARE brings them within a week: judge more of those drawn, with `ticketstream review`"
    )
    if days is not None and days <= _SOON_DAYS:
        return f"At the present rate ({seen}) {when}."
    return f"At the present rate ({seen}) {when}; {sooner}."
