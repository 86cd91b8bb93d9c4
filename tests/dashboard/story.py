"""Two hours of a service, as rows: what the page is looked at with."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from analytics.sink import Sink
from tests.analytics.events import categorized, corrected, operation

if TYPE_CHECKING:
    from analytics.client import Client
    from analytics.rows import Record

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


def tell(client: Client, now_ms: int) -> None:
    """Store it, ending now: a model that is away for twelve minutes and heals, audits, corrections, telemetry."""
    chance = random.Random(11)
    records: list[Record] = []
    offset = 0
    for minute in range(MINUTES):
        began_ms = now_ms - (MINUTES - minute) * 60_000
        for _ in range(chance.randrange(22, 34)):
            records += _ticket(chance, offset, began_ms + chance.randrange(60_000), is_away=minute in OUTAGE)
            offset += 1
        records += [
            operation(
                offset=10 * minute + place,
                started_at=(began_ms + 1000 * place) * 1000,
                duration_us=int(chance.lognormvariate(10.8, 0.4)),
                outcome="timeout" if minute in OUTAGE else "answered",
                attempts=3 if minute in OUTAGE else 1 + (chance.random() < 0.04),
            )
            for place in range(3)
        ]
    for place, (minute, state) in enumerate(((40, "open"), (51, "half_open"), (52, "closed"))):
        at_us = (now_ms - (MINUTES - minute) * 60_000) * 1000
        records.append(
            operation(
                "model",
                offset=9000 + place,
                kind="BREAKER",
                outcome=state,
                started_at=at_us,
                duration_us=0,
                attempts=5 if state == "open" else 0,
            )
        )
    Sink(client).write(records)


def _ticket(chance: random.Random, offset: int, at_ms: int, *, is_away: bool) -> list[Record]:
    category = chance.choices(list(LABELS), [30, 22, 16, 14, 10, 8])[0]
    confidence = min(0.999, max(0.2, chance.betavariate(9, 1.3)))
    method = "RULES" if is_away else chance.choices(["MODEL", "CACHE", "RULES"], [58, 34, 8])[0]
    is_wrong = category in MISTAKEN and chance.random() > confidence**0.5
    name = f"TKT-{48_000 + offset}"
    fields: dict[str, Any] = {
        "category": category,
        "subcategory": LABELS[category],
        "confidence": confidence,
        "decision": "SUGGEST" if method == "RULES" else "AUTO" if confidence >= 0.6 else "REVIEW",
        "method": method,
        "language": chance.choice(["es", "en"]),
        "channel": chance.choice(["mail", "chat", "web"]),
        "provisional": is_away,
        "model": None if method == "RULES" else "tickets-2026-11-22",
        "model_outcome": "breaker_open" if is_away else "answered" if method == "MODEL" else "not_asked",
        "explanation": _explanation(method, is_away=is_away),
        "audit_probability": 0.25 if offset % 4 == 0 else 0.0,
        "timings": _timings(chance, method),
    }
    records = [categorized(name, offset, at_ms=at_ms, **fields)]
    if is_away:
        healed = fields | {"method": "MODEL", "decision": "AUTO", "provisional": False, "model_outcome": "answered"}
        healed |= {
            "model": "tickets-2026-11-22",
            "explanation": ["model.confident"],
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
    return records


def _explanation(method: str, *, is_away: bool) -> list[str]:
    if method == "RULES":
        return ["model.breaker_open" if is_away else "model.below_min_confidence:0.6", "rule.keyword:refund"]
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
