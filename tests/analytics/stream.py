"""Real labelled tickets with the trained model's answers, as a stream of events, and what plainly follows from it.

Nothing here looks at SQL or at the reports: the tests hold both against each other.
"""

import random
from typing import Any, NamedTuple

from analytics.reports.question import Level
from analytics.store.rows import Row
from benchmarks.threshold_promise import Prediction, predictions
from tests.analytics import oracle
from tests.support.stored_events import NOON_MS, categorized, corrected

HOUR_MS = 3_600_000
# Labels of earlier taxonomies and what they became, written out as the taxonomy does: each known pair has its line.
RENAMED = {"old_cards": "cards", "cash/withdrawals": "transfers/transfer_timing"} | {
    f"old_cards/{entry.true_subcategory}": f"cards/{entry.true_subcategory}" for entry in predictions()
}


def stream(seed: int) -> list[Row]:
    """Answers over four days with every kind of trait, revisions, repeats and corrections, in no order."""
    random_ = random.Random(seed)
    records: list[Row] = []
    for number, said in enumerate(predictions()):
        answers = _answers(random_, number, said)
        records += answers
        records += _corrections(random_, number, said, answers)
    records += random_.sample(records, len(records) // 5)
    random_.shuffle(records)
    return records


def _answers(random_: random.Random, number: int, said: Prediction) -> list[Row]:
    at_ms = NOON_MS + random_.randint(-6, 80) * HOUR_MS + random_.randint(0, HOUR_MS)
    method = random_.choice(["MODEL", "MODEL", "CACHE", "RULES", "OVERRIDE"])
    category, subcategory = said.category, said.subcategory
    if category == "cards" and random_.random() < 0.3:
        category = "old_cards"
    traits: dict[str, Any] = {
        "category": category,
        "subcategory": None if random_.random() < 0.05 else subcategory,
        "confidence": said.confidence,
        "subcategory_confidence": said.subcategory_confidence,
        "decision": "AUTO" if said.confidence >= 0.6 and method != "RULES" else "SUGGEST",
        "method": method,
        "model": None if method in {"RULES", "OVERRIDE"} else random_.choice(["m-1", "m-2"]),
        "policy": random_.choice(["p-1", "p-2"]),
        "language": random_.choice(["en", "es", None]),
        "channel": random_.choice(["email", "chat", None]),
        "audit_probability": random_.choice([0.0, 0.0, 0.3, 0.1]),
    }
    position: dict[str, Any] = {"partition": number % 3, "source": {"timestamp": at_ms - 100}}
    ticket_id = f"T-{number}"
    if random_.random() < 0.1:
        # The model was down: the rules answered, and the model later.
        provisional = traits | {"method": "RULES", "model": None, "provisional": True, "decision": "SUGGEST"}
        provisional |= {"category": random_.choice(["cash", "cards"]), "subcategory": None, "confidence": 0.4}
        first = categorized(ticket_id, number, at_ms=at_ms, **position, **provisional)
        later_ms = at_ms + random_.randint(1, 30) * HOUR_MS
        return [first, categorized(ticket_id, number, 1, at_ms=later_ms, **position, **traits)]
    return [categorized(ticket_id, number, at_ms=at_ms, **position, **traits)]


def _corrections(random_: random.Random, number: int, said: Prediction, answers: list[Row]) -> list[Row]:
    found: list[Row] = []
    right = said.category == said.true_category
    looked_at = {"AGENT": 0.3 if right else 0.7, "AUDIT": 0.9 if answers[-1].event["audit_probability"] else 0.0}
    for origin, chance in looked_at.items():
        if random_.random() < chance:
            judged = random_.choice([None, None, random_.choice(answers).event["event_id"]])
            found.append(
                corrected(
                    f"T-{number}",
                    "old_cards" if said.true_category == "cards" and random_.random() < 0.2 else said.true_category,
                    number * 3 + len(found),
                    origin=origin,
                    subcategory=random_.choice([said.true_subcategory, said.true_subcategory, None]),
                    judged_event_id=judged,
                    at_ms=answers[-1].event["categorized_at"] + random_.randint(-5, 100) * 60_000,
                )
            )
    return found


class Judged(NamedTuple):
    """One answer that counts.

    Attributes:
        answer: the event.
        label: what was answered, in today's words, at the level that is asked about.
        truth: what a person said it is; None when nobody did.
        wrong: whether a person said it is wrong, at this level or the category's.
        probability: the confidence in the label.
        correction: the event that says so.
    """

    answer: Any
    label: str
    truth: str | None
    wrong: bool
    probability: float
    correction: Any

    @property
    def right(self) -> bool:
        return self.truth == self.label

    @property
    def weight(self) -> float:
        return 1 / float(self.answer["audit_probability"])


class Counted(NamedTuple):
    """What plainly follows from a stream: every answer that stands, and every answer that was audited."""

    standing: list[Judged]
    audited: list[Judged]

    @property
    def verified(self) -> list[Judged]:
        return [entry for entry in self.standing if entry.truth is not None]


def counted(records: list[Row], level: Level, since_ms: int) -> Counted:
    """Read the stream as the contract says, one input record after the other."""
    answers: dict[str, list[Any]] = {}
    for record in oracle.distinct(records, "TicketCategorized"):
        answers.setdefault(record.event["ticket_id"], []).append(record.event)
    last: dict[str, tuple[Any, Any]] = {}
    audits: dict[str, tuple[Any, Any]] = {}
    for record in sorted(
        oracle.distinct(records, "TicketCorrected"),
        key=lambda r: (r.event["corrected_at"], r.position.partition, r.position.offset),
    ):
        correction = record.event
        answer = oracle.judged(correction, answers[correction["ticket_id"]])
        last[correction["ticket_id"]] = answer, correction
        assert answer is not None
        if correction["origin"] == "AUDIT" and answer["audit_probability"]:
            audits[answer["event_id"]] = answer, correction
    standing = [last.get(ticket_id, (max(of, key=lambda a: a["revision"]), None)) for ticket_id, of in answers.items()]
    return Counted(
        [_judged(answer, said, level) for answer, said in standing if answer["categorized_at"] >= since_ms],
        [
            found
            for answer, said in audits.values()
            if answer["categorized_at"] >= since_ms and (found := _judged(answer, said, level)).truth is not None
        ],
    )


def _judged(answer: Any, correction: Any, level: Level) -> Judged:
    label, probability = _label(answer, level), answer["confidence"]
    if level == "subcategory":
        probability *= answer["subcategory_confidence"]
    if correction is None:
        return Judged(answer, label, None, False, probability, None)
    same_category = answer["category"] == correction["category"] or _label(answer, "category") == _label(
        correction, "category"
    )
    if level == "category":
        truth = label if same_category else _label(correction, level)
        return Judged(answer, label, truth, not same_category, probability, correction)
    if correction["subcategory"] is None:
        return Judged(answer, label, None, not same_category, probability, correction)
    same = same_category and answer["subcategory"] is not None
    same = same and (answer["subcategory"] == correction["subcategory"] or label == _label(correction, level))
    return Judged(answer, label, label if same else _label(correction, level), not same, probability, correction)


def _label(event: Any, level: Level) -> str:
    category, subcategory = event["category"], event["subcategory"]
    path = category if subcategory is None else f"{category}/{subcategory}"
    path = RENAMED.get(path) or RENAMED.get(category) or path
    return path if level == "subcategory" else path.partition("/")[0]
