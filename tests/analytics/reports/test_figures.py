"""Every figure of the reports on answers equals an independent computation from the raw events."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import beta, binomtest
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    confusion_matrix,
    log_loss,
    precision_recall_fscore_support,
)

from analytics.clickhouse.client import connect
from analytics.clickhouse.migrate import migrate
from analytics.reports.accuracy import accuracy
from analytics.reports.categories import categories, categories_report
from analytics.reports.confidence import confidence
from analytics.reports.confusion import confusion
from analytics.reports.figure import MINIMUM_N
from analytics.reports.goal import ALPHA, GRID
from analytics.reports.question import Question
from analytics.reports.steps import STEPS
from analytics.reports.thresholds import ALL, thresholds
from analytics.store.row_writer import RowWriter
from tests.analytics.stream import HOUR_MS, RENAMED, counted, stream
from tests.support.stored_events import NOON_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analytics.clickhouse.client import Client
    from analytics.reports.figure import Figure
    from analytics.reports.question import Level
    from analytics.reports.report import Cell, Report
    from analytics.store.rows import Row
    from tests.analytics.stream import Counted, Judged
    from tests.support.clickhouse_process import DoorProcess

# In the middle of a day, so that a part of it counts.
_SINCE = dt.datetime.fromtimestamp((NOON_MS + HOUR_MS // 3) / 1000, dt.UTC)
_LEVELS: list[Level] = ["category", "subcategory"]
_EPSILON = float(np.finfo(float).eps)


@pytest.fixture(scope="module")
def records() -> list[Row]:
    return stream(7)


@pytest.fixture(scope="module")
def stored(door: DoorProcess, records: list[Row]) -> Iterator[Client]:
    """A database of the stream, written in batches that repeat some of the rows."""
    with connect(door.url, f"test_{uuid.uuid4().hex}") as client:
        migrate(client)
        for start in range(0, len(records), 1500):
            RowWriter(client).write(records[start : start + 1700])
        yield client
        client.outside(f"DROP DATABASE {client.database}")


def _known(records: list[Row], level: Level) -> Counted:
    return counted(records, level, NOON_MS + HOUR_MS // 3)


def _asked(level: Level = "category", category: str | None = None) -> Question:
    return Question(_SINCE, level, category, RENAMED)


def _check(found: Figure, judged: list[Judged], weights: list[float] | None = None) -> None:
    """A share of right answers with its interval."""
    n, right = len(judged), sum(each.right for each in judged)
    assert (n, right) == (found.n, found.right)
    if not n:
        return
    outcomes = [each.right for each in judged]
    assert found.share == pytest.approx(accuracy_score([True] * n, outcomes, sample_weight=weights))
    if weights is None:
        interval = binomtest(right, n).proportion_ci(0.95, "wilson")
        assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    else:
        # Wilson's interval is the set of shares whose score test is not rejected: its ends solve this equation.
        effective = sum(weights) ** 2 / sum(weight**2 for weight in weights)
        for end in (found.low, found.high):
            if 1e-9 < end < 1 - 1e-9:
                score = (found.share - end) ** 2 * effective / (end * (1 - end))
                assert score == pytest.approx(1.959963984540054**2)


_TRAITS: dict[str, Callable[[Judged], str | None]] = {
    "label": lambda each: each.label,
    "method": lambda each: each.answer["method"],
    "model": lambda each: each.answer["model"],
    "policy": lambda each: each.answer["policy"],
    "language": lambda each: each.answer["language"],
    "channel": lambda each: each.answer["channel"],
    "day": lambda each: dt.datetime.fromtimestamp(each.answer["categorized_at"] / 1000, dt.UTC).date().isoformat(),
}


@pytest.mark.parametrize("level", _LEVELS)
def test_accuracy(stored: Client, records: list[Row], level: Level) -> None:
    """All three figures, overall and by each trait."""
    found, known = accuracy(stored, *_asked(level)), _known(records, level)
    everything = [("", found.all, known.standing, known.audited)]
    for trait, of in _TRAITS.items():
        names = {of(each) for each in known.standing + known.audited}
        assert names == {group.name for group in found.groups[trait]}
        for group in found.groups[trait]:
            own, audited = ([e for e in some if of(e) == group.name] for some in (known.standing, known.audited))
            everything.append((trait, group, own, audited))

    assert len(everything) > 30
    for _, group, own, audited in everything:
        wrong = sum(each.wrong for each in own)
        assert (len(own), wrong) == (group.n, group.corrected)
        interval = binomtest(len(own) - wrong, len(own)).proportion_ci(0.95, "wilson")
        assert group.upper_bound.share == pytest.approx(1 - wrong / len(own))
        assert (group.upper_bound.low, group.upper_bound.high) == pytest.approx((interval.low, interval.high))
        _check(group.verified, [each for each in own if each.truth is not None])
        _check(group.audit, audited, [each.weight for each in audited])


@pytest.mark.parametrize("level", _LEVELS)
def test_categories(stored: Client, records: list[Row], level: Level) -> None:
    """Precision, recall, F1 and support of what people judged, and weighted of what was drawn at random."""
    found, known = categories(stored, _asked(level)), _known(records, level)
    names = [each.name for each in found]
    assert set(names) == {each.label for each in known.standing} | {each.truth for each in known.verified}
    for judged, weights, of in (
        (known.verified, None, [each.verified for each in found]),
        (known.audited, [each.weight for each in known.audited], [each.audit for each in found]),
    ):
        truth, labels = [each.truth for each in judged], [each.label for each in judged]
        precision, recall, f1, _ = precision_recall_fscore_support(
            truth, labels, labels=names, sample_weight=weights, zero_division=0.0
        )
        support = Counter(truth)
        for place, scores in enumerate(of):
            assert scores.precision.share == pytest.approx(precision[place])
            assert scores.recall.share == pytest.approx(recall[place])
            assert (support[names[place]], Counter(labels)[names[place]]) == (scores.recall.n, scores.precision.n)
            if scores.precision.n >= MINIMUM_N and scores.recall.n >= MINIMUM_N:
                assert scores.f1 == pytest.approx(f1[place])
            else:
                assert scores.f1 is None
    enough = [each.verified.f1 for each in found if each.verified.f1 is not None]
    assert len(enough) > 5 or level == "subcategory"
    macro_f1 = categories_report(stored, _asked(level)).facts["macro_f1"]
    assert macro_f1 == (pytest.approx(np.mean(enough)) if enough else None)


@pytest.mark.parametrize("level", _LEVELS)
def test_confusion(stored: Client, records: list[Row], level: Level) -> None:
    """Pairs, the most misclassified, the rate of corrections, and the time until they come."""
    found, known = confusion(stored, _asked(level)), _known(records, level)
    truth, labels = [str(each.truth) for each in known.verified], [each.label for each in known.verified]
    names = sorted({*truth, *labels})
    matrix = confusion_matrix(truth, labels, labels=names)
    pairs = {
        (names[answered], names[true]): int(n)
        for (true, answered), n in np.ndenumerate(matrix)
        if n and true != answered
    }

    assert pairs == {tuple(pair[:2]): pair.n for pair in found.confused}
    assert [pair.n for pair in found.confused] == sorted(pairs.values(), reverse=True)
    assert (found.answers, found.corrected) == (len(known.standing), sum(each.wrong for each in known.standing))
    for row in found.misclassified:
        of_label = matrix[:, names.index(row.label)]
        wrong = of_label.sum() - matrix[names.index(row.label), names.index(row.label)]
        assert (row.reviewed, row.corrected) == (of_label.sum(), wrong)
        assert row.error.share == pytest.approx(wrong / of_label.sum())
    hours = defaultdict(list)
    for each in known.standing:
        if each.wrong:
            late_ms = max(0, each.correction["corrected_at"] - each.answer["categorized_at"])
            hours[each.correction["origin"]].append(late_ms / HOUR_MS)
    assert set(hours) == {row.origin for row in found.times}
    for time in found.times:
        of = hours[time.origin]
        assert time[1:] == pytest.approx((len(of), np.mean(of), *np.percentile(of, [50, 90]), max(of)))


def _sources(judged: list[Judged]) -> dict[str, list[Judged]]:
    rules = [each for each in judged if each.answer["method"] == "RULES"]
    return {"rules": rules, "model": [each for each in judged if each.answer["method"] != "RULES"]}


def _bin_shares(p: Any, y: Any, w: Any, bins: Any) -> float:
    """The expected calibration error over bins."""
    parts = [bins == number for number in np.unique(bins)]
    return float(
        sum(w[m].sum() / w.sum() * abs(np.average(y[m], weights=w[m]) - np.average(p[m], weights=w[m])) for m in parts)
    )


@pytest.mark.parametrize("level", _LEVELS)
def test_confidence(stored: Client, records: list[Row], level: Level) -> None:
    """Both calibration errors, Brier score, log loss, the area under the risk-coverage curve, and the curve."""
    found, known = confidence(stored, _asked(level)), _known(records, level)
    seen = {(each.source, each.basis): each for each in found.calibrations}
    assert len(seen) == 4
    for basis, judged in (("verified", known.verified), ("audit", known.audited)):
        for source, of in _sources(judged).items():
            p, y = np.array([each.probability for each in of]), np.array([float(each.right) for each in of])
            w = np.array([each.weight if basis == "audit" else 1.0 for each in of])
            row = seen[source, basis]
            covered = np.array([w[p >= each].sum() for each in p])
            risk = np.array([(w * (1 - y))[p >= each].sum() for each in p]) / covered
            below = np.array([w[p < each].sum() for each in p])
            mass = np.minimum(14, np.floor(15 * below / w.sum() + 1e-9))
            assert row.n == len(of)
            assert row.accuracy == pytest.approx(np.average(y, weights=w))
            assert row.mean_confidence == pytest.approx(np.average(p, weights=w))
            assert row.brier == pytest.approx(brier_score_loss(y, p, sample_weight=w))
            kept = np.clip(p, _EPSILON, 1 - _EPSILON)
            assert row.log_loss == pytest.approx(log_loss(y, kept, sample_weight=w))
            assert row.ece_width == pytest.approx(_bin_shares(p, y, w, np.minimum(14, np.floor(p * 15))))
            assert row.ece_mass == pytest.approx(_bin_shares(p, y, w, mass))
            assert row.aurc == pytest.approx(np.average(risk, weights=w))
            curve = [each for each in found.risks if each[:2] == (source, basis)]
            assert len(curve) == 20
            for place, point in enumerate(curve, start=1):
                reached = covered / w.sum() >= place / 20 - 1e-9
                at = np.argmin(np.where(reached, covered, np.inf))
                assert point[2:5] == pytest.approx((covered[at] / w.sum(), p[at], risk[at]))
    distribution = Counter(
        ("rules" if each.answer["method"] == "RULES" else "model", sum(each.answer["confidence"] >= e for e in STEPS))
        for each in known.standing
    )
    assert distribution == {(source, step): n for source, of in found.distribution.items() for step, n in of.items()}


@pytest.mark.parametrize("goal", [0.9, 0.95, 0.99])
def test_thresholds(stored: Client, records: list[Row], goal: float) -> None:
    """The lowest proven threshold overall and of each category, with scipy's bound, and what it would change."""
    found, known = thresholds(stored, _asked(), goal), _known(records, "category")
    standing = [each for each in known.standing if each.answer["method"] != "RULES"]
    audited = [each for each in known.audited if each.answer["method"] != "RULES"]
    assert found.basis == "audit"
    scopes = {ALL: (standing, audited)} | {
        name: ([e for e in standing if e.label == name], [e for e in audited if e.label == name])
        for name in {each.label for each in standing}
    }
    assert set(scopes) == {scope.category for scope in (found.overall, *found.categories)}
    for scope in (found.overall, *found.categories):
        own, judged = scopes[scope.category]
        best: tuple[str, float | None] = ("empirical", None) if len(judged) >= MINIMUM_N else ("not enough", None)
        for threshold in reversed(GRID):
            above = [each for each in judged if each.answer["confidence"] >= threshold]
            right = sum(each.right for each in above)
            bound = beta.ppf(ALPHA / len(GRID), right, len(above) - right + 1) if right else 0.0
            if len(above) >= MINIMUM_N and bound >= goal:
                best = "proven", threshold
            elif best[0] == "empirical" and len(above) >= MINIMUM_N and right / len(above) >= goal:
                best = "empirical", threshold
        assert (scope.choice.status, scope.choice.threshold) == best
        assert scope.answers == len(own)
        if scope.choice.chosen is not None:
            accepted = [each for each in own if each.answer["confidence"] >= scope.choice.chosen.threshold]
            assert scope.choice.chosen.n == len(accepted)
        change = next(each for each in found.changes if each.category == scope.category)
        if scope.category != ALL:
            limit = 2.0 if scope.used is None else scope.used
            then = [each.answer["confidence"] >= limit for each in own]
            now = [each.answer["decision"] == "AUTO" for each in own]
            gained = sum(t and not n for t, n in zip(then, now, strict=True))
            lost = sum(n and not t for t, n in zip(then, now, strict=True))
            assert change == (scope.category, len(own), sum(now), sum(then), gained, lost)
    totals = [sum(column) for column in zip(*(each[1:] for each in found.changes[1:]), strict=True)]
    assert found.changes[0] == (ALL, *totals)


def _cells(made: Report) -> list[Cell]:
    return [*made.facts.values(), *(cell for table in made.tables for row in table.rows for cell in row)]


def _rounded(cell: Cell) -> Cell:
    return round(cell, 9) if isinstance(cell, float) else cell


def test_one_category(stored: Client, records: list[Row]) -> None:
    """A question about one category counts its answers, also those given under its earlier name, and no others."""
    known = [each for each in _known(records, "category").standing if each.label == "cards"]
    assert any(each.answer["category"] == "old_cards" for each in known)

    assert accuracy(stored, *_asked(category="cards")).all.n == len(known)
    assert [each.name for each in categories(stored, _asked(category="cards"))] == ["cards"]
    assert {pair.answered for pair in confusion(stored, _asked(category="cards")).confused} == {"cards"}
    assert thresholds(stored, _asked(category="cards"), 0.95).overall.answers == sum(
        each.answer["method"] != "RULES" for each in known
    )


@pytest.mark.long
def test_writing_everything_again_changes_no_figure(stored: Client, records: list[Row]) -> None:
    """A replay in other batches, corrections first, leaves every report as it was."""

    def everything() -> list[object]:
        reports = [
            accuracy(stored, *_asked()).report(),
            categories_report(stored, _asked("subcategory")),
            confusion(stored, _asked()).report(),
            thresholds(stored, _asked(), 0.95).report(),
        ]
        # Sums of weights come in any order: their last digits say nothing.
        return [_rounded(cell) for made in reports for cell in _cells(made)]

    before = everything()
    again = sorted(records, key=lambda record: record.name, reverse=True)
    for start in range(0, len(again), 2100):
        RowWriter(stored).write(again[start : start + 2100])

    assert before == everything()
