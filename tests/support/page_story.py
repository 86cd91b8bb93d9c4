"""Two hours of a service, as rows: what the page is looked at with."""

import random
from typing import TYPE_CHECKING, Any

from analytics.clickhouse.client import Client
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from schemas.position import Position
from tests.support.stored_events import categorized, corrected, operation

if TYPE_CHECKING:
    from schemas.events import Alert

MINUTES = 120
LABELS = {
    "billing": "payment_issue",
    "cards": "lost_or_stolen",
    "account": "password_reset",
    "transfers": "not_received",
    "technical": "app_crash",
    "fees": "charge_dispute",
}
# What people find wrong, and what it is instead.
MISTAKEN = {"billing": "fees", "cards": "account", "fees": "billing", "transfers": "billing"}
OUTAGE = range(40, 52)
HOSTILE = "<img src=x onerror=alert(1)>'\"\\%_\u202e`{n}`\x00é"


def alert(began_ms: int, ended_ms: int | None = None, offset: int = 0, **changed: Any) -> Row:
    """The beginning of an alert, or its end; `changed` replaces fields of the event."""
    event: Alert = {
        "alert_id": f"alert-{began_ms}",
        "state": "BEGAN" if ended_ms is None else "ENDED",
        "kind": "breaker",
        "operation": "model_call",
        "instance": "host-0",
        "began_at": began_ms,
        "ended_at": ended_ms,
        "value": 5.0,
        "threshold": 5.0,
        "samples": 5,
        "detail": "The model is not asked: 5 calls in a row failed.",
        "service_version": "0.1.0",
    }
    event.update(changed)  # type: ignore[typeddict-item]
    return Row("Alert", event, Position("ticket-alerts", 0, offset, began_ms))


def tell(client: Client, now_ms: int) -> None:
    """Store it, ending now: a model that is away for twelve minutes and heals, audits, corrections, telemetry."""
    chance = random.Random(11)
    records: list[Row] = []
    offset = 0
    for minute in range(MINUTES):
        began_ms = now_ms - (MINUTES - minute) * 60_000
        for _ in range(chance.randrange(22, 34)):
            records += _ticket(chance, offset, began_ms + chance.randrange(60_000), is_away=minute in OUTAGE)
            offset += 1
        records += [
            operation(
                offset=10 * minute + index,
                started_at=(began_ms + 1000 * index) * 1000,
                duration_us=int(chance.lognormvariate(10.8, 0.4)),
                outcome="timeout" if minute in OUTAGE else "answered",
                attempts=3 if minute in OUTAGE else 1 + (chance.random() < 0.04),
            )
            for index in range(3)
        ]
    for index, (minute, state) in enumerate(((40, "open"), (51, "half_open"), (52, "closed"))):
        at_us = (now_ms - (MINUTES - minute) * 60_000) * 1000
        records.append(
            operation(
                "model",
                offset=9000 + index,
                kind="BREAKER",
                outcome=state,
                started_at=at_us,
                duration_us=0,
                attempts=5 if state == "open" else 0,
            )
        )
    began_ms = now_ms - (MINUTES - OUTAGE.start) * 60_000
    records += [alert(began_ms), alert(began_ms, began_ms + 60_000 * len(OUTAGE), 1)]
    RowWriter(client).write(records)


def intrude(client: Client, now_ms: int, text: str = HOSTILE) -> None:
    """Store rows in which everything that may come from outside is this text."""
    names = ("category", "subcategory", "language", "channel", "model", "taxonomy", "policy")
    fields: dict[str, Any] = dict.fromkeys(names, text)
    answer = categorized(text, at_ms=now_ms, explanation=[text, f"rule.keyword:{text}"], **fields)
    said = corrected(text, "x" + text, at_ms=now_ms, reason=text, corrected_by=text)
    alarm = alert(now_ms, kind=text, operation=text, instance=text, detail=text)
    RowWriter(client).write([answer, said, alarm])


def _ticket(chance: random.Random, offset: int, at_ms: int, *, is_away: bool) -> list[Row]:
    category = chance.choices(list(LABELS), [30, 22, 16, 14, 10, 8])[0]
    confidence = min(0.999, max(0.2, chance.betavariate(9, 1.3)))
    method = "RULES" if is_away else chance.choices(["MODEL", "CACHE", "RULES"], [58, 34, 8])[0]
    is_wrong = category in MISTAKEN and chance.random() > confidence**0.5
    name = f"TKT-{48_000 + offset}"
    fields: dict[str, Any] = {
        "category": category,
        "subcategory": LABELS[category],
        "confidence": confidence,
        "decision": _decision(method, confidence),
        "method": method,
        "language": chance.choice(["es", "en"]),
        "channel": chance.choice(["mail", "chat", "web"]),
        "provisional": is_away,
        "model": None if method == "RULES" else "tickets-2026-11-22",
        "model_outcome": "breaker_open" if is_away else "answered" if method == "MODEL" else "not_asked",
        "explanation": _explanation(method, confidence, is_away=is_away),
        "audit_probability": 0.25 if offset % 4 == 0 else 0.0,
        "text_removed_chars": 0,
        "timings": _timings(chance, method),
    }
    records = [categorized(name, offset, at_ms=at_ms, **fields)]
    if is_away:
        healed = fields | {"method": "MODEL", "provisional": False, "model_outcome": "answered"}
        healed |= {
            "model": "tickets-2026-11-22",
            "decision": _decision("MODEL", confidence),
            "explanation": _explanation("MODEL", confidence, is_away=False),
            "timings": _timings(chance, "MODEL"),
        }
        records.append(categorized(name, offset, 1, at_ms=at_ms + 700_000, **healed))
    if offset % 4 == 0 or (is_wrong and chance.random() < 0.8):
        records.append(
            corrected(
                name,
                MISTAKEN[category] if is_wrong else category,
                offset,
                at_ms=at_ms + 60_000,
                origin="AUDIT" if offset % 4 == 0 else "AGENT",
                judged_event_id=records[0].event["event_id"],
                corrected_by=chance.choice(["ana", "luis", "marta"]),
                reason="asked about a charge, not about the card" if is_wrong else None,
            )
        )
    if offset % 12 == 0 and not is_wrong:
        # A second person, who confirms before the other one judges; now and then they do not agree.
        records.append(
            corrected(
                name,
                "account" if offset % 96 == 0 else category,
                100_000 + offset,
                at_ms=at_ms + 50_000,
                origin="AUDIT",
                judged_event_id=records[0].event["event_id"],
                corrected_by="noor",
            )
        )
    return records


def _decision(method: str, confidence: float) -> str:
    if confidence >= 0.6:
        return "SUGGEST" if method == "RULES" else "AUTO"
    return "SUGGEST" if confidence >= 0.3 else "REVIEW"


def _explanation(method: str, confidence: float, *, is_away: bool) -> list[str]:
    if method == "RULES":
        return ["model.breaker_open" if is_away else "model.below_min_confidence:0.6", "rule.keyword:refund"]
    if confidence < 0.6:
        return ["model.below_min_confidence:0.6"]
    return [f"{method.lower()}.confident"]


def _timings(chance: random.Random, method: str) -> dict[str, int]:
    timings = {
        "decode_us": chance.randrange(6, 25),
        "lookup_us": chance.randrange(4, 60),
        "queue_us": int(chance.lognormvariate(8, 0.8)) if method == "MODEL" else 0,
        "model_us": int(chance.lognormvariate(10.6, 0.5)) if method == "MODEL" else 0,
        "rules_us": chance.randrange(150, 900) if method == "RULES" else 0,
        "wait_us": int(chance.lognormvariate(9, 0.9)),
    }
    return timings | {"total_us": sum(timings.values())}
