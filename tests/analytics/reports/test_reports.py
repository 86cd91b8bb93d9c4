"""The reports say what an independent computation says."""

import datetime as dt
import random
from typing import Any

import numpy as np
import pytest

from analytics.clickhouse.client import Client
from analytics.reports.accuracy import Accuracy, Group, accuracy
from analytics.reports.figure import MINIMUM_N
from analytics.reports.intervals import effective_n, wilson
from analytics.reports.latency import latency_report
from analytics.reports.question import Level
from analytics.reports.window import Window
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from tests.analytics import oracle
from tests.support.stored_events import NOON_MS, categorized, corrected

_START = dt.datetime.fromtimestamp(NOON_MS / 1000, dt.UTC)
_WINDOW = Window.of(_START, _START + dt.timedelta(days=1))


@pytest.mark.parametrize(
    ("share", "n", "expected"),
    [
        # Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, 1998,
        # table I, method 3 (score): 81/263, 15/148, 0/20, 1/29.
        (81 / 263, 263, (0.2553, 0.3662)),
        (15 / 148, 148, (0.0624, 0.1605)),
        (0.0, 20, (0.0000, 0.1611)),
        (1 / 29, 29, (0.0061, 0.1718)),
    ],
)
def test_wilson(share: float, n: int, expected: tuple[float, float]) -> None:
    """The interval equals the published examples."""
    assert expected == tuple(round(end, 4) for end in wilson(share, n))


def test_effective_n() -> None:
    """Equal weights count in full; one heavy weight counts for little more than itself."""
    assert effective_n(10.0, 10.0) == 10.0
    assert effective_n(101.0, 10_001.0) == pytest.approx(1.02, abs=0.01)


def _stream(seed: int) -> list[Row]:
    """A few hundred tickets with answers of all methods, audits at two rates, corrections of every kind."""
    random_ = random.Random(seed)
    records: list[Row] = []
    for number in range(400):
        probability = random_.choice([0.0, 0.5, 0.05])
        answer = categorized(
            f"T-{number}",
            number,
            at_ms=NOON_MS + random_.randint(-200, 1000) * 1000,
            category=random_.choice(["billing", "account", "rare"] if number % 20 == 0 else ["billing", "account"]),
            subcategory=random_.choice(["x", "y", None]),
            method=random_.choice(["MODEL", "CACHE", "RULES"]),
            audit_probability=probability,
        )
        records.append(answer)
        records.extend(_judgements(random_, answer, probability))
    random_.shuffle(records)
    return records


def _judgements(random_: random.Random, answer: Row, probability: float) -> list[Row]:
    made: list[Row] = []
    for origin, chance in (("AGENT", 0.5), ("AUDIT", 0.9 if probability else 0.1)):
        if random_.random() < chance:
            right = random_.random() < 0.8
            made.append(
                corrected(
                    answer.event["ticket_id"],
                    answer.event["category"] if right else "other",
                    answer.event["source"]["offset"] * 2 + len(made),
                    origin=origin,
                    subcategory=random_.choice([answer.event["subcategory"], "z", None]),
                    at_ms=answer.event["categorized_at"] + random_.randint(1, 100) * 1000,
                )
            )
    return made


class _Judged:
    """What the oracle says about one answer that counts: labels, method and states at one level."""

    def __init__(self, answer: Any, label_state: str, subcategory_state: str, level: Level) -> None:
        self.answer = answer
        self.state = label_state if level == "category" else subcategory_state
        self.wrong = "corrected" in {label_state, self.state}


def _counted(records: list[Row], level: Level) -> list[_Judged]:
    answers = {r.event["event_id"]: r.event for r in oracle.distinct(records, "TicketCategorized")}
    judged = [
        _Judged(answers[t.judged_event_id or t.event_id], t.label_state, t.subcategory_state, level)
        for t in oracle.tickets(records).values()
    ]
    return [one for one in judged if one.answer["categorized_at"] >= NOON_MS]


def _checked(group: Group, judged: list[_Judged]) -> None:
    """Compare a group of the report with a count by hand."""
    reviewed = [one for one in judged if one.state != "unreviewed"]
    wrong = sum(one.wrong for one in judged)
    confirmed = sum(one.state == "confirmed" for one in reviewed)

    assert (len(judged), wrong, len(reviewed)) == (group.n, group.corrected, group.reviewed)
    assert len(judged) - wrong == group.upper_bound.right
    assert group.upper_bound.share == pytest.approx(1 - wrong / len(judged))
    assert confirmed == group.verified.right
    if reviewed:
        assert group.verified.share == pytest.approx(confirmed / len(reviewed))


def _label(answer: Any, level: Level) -> str:
    if level == "category" or answer["subcategory"] is None:
        return str(answer["category"])
    return f"{answer['category']}/{answer['subcategory']}"


@pytest.mark.parametrize("level", ["category", "subcategory"])
@pytest.mark.parametrize("seed", [1, 2])
def test_accuracy_equals_a_count_by_hand(client: Client, seed: int, level: Level) -> None:
    """All three figures, each category and each method equal a plain computation on the events."""
    records = _stream(seed)
    RowWriter(client).write([*records, *records[:50]])
    found = accuracy(client, _START, level)
    judged = _counted(records, level)

    _checked(found.all, judged)
    for groups, key in (
        (found.categories, lambda one: _label(one.answer, level)),
        (found.methods, lambda one: one.answer["method"]),
    ):
        assert {key(one) for one in judged} == {group.name for group in groups}
        for group in groups:
            _checked(group, [one for one in judged if key(one) == group.name])
    _check_audit(found, records, level)


def _check_audit(found: Accuracy, records: list[Row], level: Level) -> None:
    answers = {r.event["ticket_id"]: r.event for r in oracle.distinct(records, "TicketCategorized")}
    drawn = [a for a in answers.values() if a["audit_probability"] and a["categorized_at"] >= NOON_MS]
    weights, right = [], []
    for record in oracle.distinct(records, "TicketCorrected"):
        answer = answers[record.event["ticket_id"]]
        state = oracle.states(record.event, answer)[level == "subcategory"]
        if record.event["origin"] == "AUDIT" and answer in drawn and state != "unreviewed":
            weights.append(1 / answer["audit_probability"])
            right.append(state == "confirmed")
    share = float(np.average(right, weights=weights))

    assert (len(weights), sum(right)) == (found.audit.n, found.audit.right)
    assert found.audit.share == pytest.approx(share)
    assert (found.audit.low, found.audit.high) == pytest.approx(
        wilson(share, sum(weights) ** 2 / sum(weight**2 for weight in weights))
    )
    assert found.drawn == len(drawn)


def test_the_weights_undo_the_drawing(client: Client) -> None:
    """Where doubtful answers are drawn more often, the audit's figure is that of all answers, not of the drawn ones."""
    records = []
    for number in range(200):
        # 1000 sure answers drawn at 0.1, all right; 100 doubtful ones drawn in full, none right.
        sure = number < 100
        records.append(categorized(f"T-{number}", number, audit_probability=0.1 if sure else 1.0))
        records.append(corrected(f"T-{number}", "billing" if sure else "other", number, origin="AUDIT"))
    RowWriter(client).write(records)

    found = accuracy(client, _START)

    assert found.audit.share == pytest.approx(1000 / 1100)
    assert found.all.verified.share == 0.5


def test_too_few_answers_give_no_number(client: Client) -> None:
    """Under the minimum the report gives counts, and None for the figures."""
    records = [categorized(f"T-{number}", number) for number in range(MINIMUM_N)]
    RowWriter(client).write([*records, corrected("T-1")])
    report = accuracy(client, _START).report()

    upper, verified, audit = report.tables[0].rows
    assert upper[:3] == ("upper_bound", MINIMUM_N, 1.0)
    assert verified == ("verified", 1, None, None, None)
    assert audit == ("audit", 0, None, None, None)
    assert (report.facts["answers"], report.facts["reviewed"]) == (MINIMUM_N, 1)


def test_an_empty_database_gives_an_empty_report(client: Client) -> None:
    """Nothing stored is nothing to report, without a division by zero."""
    assert accuracy(client, _START).report().empty
    assert latency_report(client, _WINDOW).empty
