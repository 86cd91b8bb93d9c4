"""Every figure of the reports on answers equals an independent computation from the raw events."""

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

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

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.migrate import migrate
from analytics.reports.accuracy import accuracy
from analytics.reports.categories import categories, categories_report
from analytics.reports.confidence import confidence
from analytics.reports.confusion import confusion
from analytics.reports.figure import MINIMUM_N, Figure
from analytics.reports.goal import ALPHA, GRID
from analytics.reports.question import Level, Question
from analytics.reports.report import Cell, Report
from analytics.reports.steps import STEPS
from analytics.reports.thresholds import ALL, thresholds
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from tests.analytics.stream import HOUR_MS, RENAMED, Counted, Judged, counted, stream
from tests.support.clickhouse_process import DoorProcess
from tests.support.stored_events import NOON_MS

# In the middle of a day, so that a part of it counts.
_SINCE = dt.datetime.fromtimestamp((NOON_MS + HOUR_MS // 3) / 1000, dt.UTC)
_LEVELS: list[Level] = ["category", "subcategory"]
_EPSILON = float(np.finfo(float).eps)
# Whose confidences are probabilities.
BY_MODEL = {"MODEL", "CACHE"}


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
    n, right = len(judged), sum(entry.right for entry in judged)
    assert (n, right) == (found.n, found.right)
    if not n:
        return
    outcomes = [entry.right for entry in judged]
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
    "label": lambda entry: entry.label,
    "method": lambda entry: entry.answer["method"],
    "model": lambda entry: entry.answer["model"],
    "policy": lambda entry: entry.answer["policy"],
    "language": lambda entry: entry.answer["language"],
    "channel": lambda entry: entry.answer["channel"],
    "day": lambda entry: dt.datetime.fromtimestamp(entry.answer["categorized_at"] / 1000, dt.UTC).date().isoformat(),
}


@pytest.mark.parametrize("level", _LEVELS)
def test_accuracy(stored: Client, records: list[Row], level: Level) -> None:
    """All three figures, overall and by each trait."""
    found, known = accuracy(stored, *_asked(level)), _known(records, level)
    everything = [("", found.all, known.standing, known.audited)]
    for trait, of in _TRAITS.items():
        names = {of(entry) for entry in known.standing + known.audited}
        assert names == {group.name for group in found.groups[trait]}
        for group in found.groups[trait]:
            own, audited = ([e for e in some if of(e) == group.name] for some in (known.standing, known.audited))
            everything.append((trait, group, own, audited))

    assert len(everything) > 30
    for _, group, own, audited in everything:
        wrong = sum(entry.wrong for entry in own)
        assert (len(own), wrong) == (group.n, group.corrected)
        interval = binomtest(len(own) - wrong, len(own)).proportion_ci(0.95, "wilson")
        assert group.upper_bound.share == pytest.approx(1 - wrong / len(own))
        assert (group.upper_bound.low, group.upper_bound.high) == pytest.approx((interval.low, interval.high))
        _check(group.verified, [entry for entry in own if entry.truth is not None])
        _check(group.audit, audited, [entry.weight for entry in audited])


@pytest.mark.parametrize("level", _LEVELS)
def test_categories(stored: Client, records: list[Row], level: Level) -> None:
    """Precision, recall, F1 and support of what people judged, and weighted of what was drawn at random."""
    found, known = categories(stored, _asked(level)), _known(records, level)
    names = [entry.name for entry in found]
    assert set(names) == {entry.label for entry in known.standing} | {entry.truth for entry in known.verified}
    for judged, weights, of in (
        (known.verified, None, [entry.verified for entry in found]),
        (known.audited, [entry.weight for entry in known.audited], [entry.audit for entry in found]),
    ):
        truth, labels = [entry.truth for entry in judged], [entry.label for entry in judged]
        precision, recall, f1, _ = precision_recall_fscore_support(
            truth, labels, labels=names, sample_weight=weights, zero_division=0.0
        )
        support = Counter(truth)
        for number, scores in enumerate(of):
            assert scores.precision.share == pytest.approx(precision[number])
            assert scores.recall.share == pytest.approx(recall[number])
            assert (support[names[number]], Counter(labels)[names[number]]) == (scores.recall.n, scores.precision.n)
            if scores.precision.n >= MINIMUM_N and scores.recall.n >= MINIMUM_N:
                assert scores.f1 == pytest.approx(f1[number])
            else:
                assert scores.f1 is None
    enough = [entry.verified.f1 for entry in found if entry.verified.f1 is not None]
    assert len(enough) > 5 or level == "subcategory"
    macro_f1 = categories_report(stored, _asked(level)).facts["macro_f1"]
    assert macro_f1 == (pytest.approx(np.mean(enough)) if enough else None)


@pytest.mark.parametrize("level", _LEVELS)
def test_confusion(stored: Client, records: list[Row], level: Level) -> None:
    """Pairs, the most misclassified, the rate of corrections, and the time until they come."""
    found, known = confusion(stored, _asked(level)), _known(records, level)
    truth, labels = [str(entry.truth) for entry in known.verified], [entry.label for entry in known.verified]
    names = sorted({*truth, *labels})
    matrix = confusion_matrix(truth, labels, labels=names)
    pairs = {
        (names[answered], names[true]): int(n)
        for (true, answered), n in np.ndenumerate(matrix)
        if n and true != answered
    }

    assert pairs == {tuple(pair[:2]): pair.n for pair in found.confused}
    assert [pair.n for pair in found.confused] == sorted(pairs.values(), reverse=True)
    assert (found.answers, found.corrected) == (len(known.standing), sum(entry.wrong for entry in known.standing))
    for row in found.misclassified:
        of_label = matrix[:, names.index(row.label)]
        wrong = of_label.sum() - matrix[names.index(row.label), names.index(row.label)]
        assert (row.reviewed, row.corrected) == (of_label.sum(), wrong)
        assert row.error.share == pytest.approx(wrong / of_label.sum())
    hours = defaultdict(list)
    for entry in known.standing:
        if entry.wrong:
            late_ms = max(0, entry.correction["corrected_at"] - entry.answer["categorized_at"])
            hours[entry.correction["origin"]].append(late_ms / HOUR_MS)
    assert set(hours) == {row.origin for row in found.times}
    for time in found.times:
        of = hours[time.origin]
        assert time[1:] == pytest.approx((len(of), np.mean(of), *np.percentile(of, [50, 90]), max(of)))


def _sources(judged: list[Judged]) -> dict[str, list[Judged]]:
    rules = [entry for entry in judged if entry.answer["method"] == "RULES"]
    return {"rules": rules, "model": [entry for entry in judged if entry.answer["method"] in BY_MODEL]}


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
    seen = {(entry.source, entry.basis): entry for entry in found.calibrations}
    assert len(seen) == 4
    for basis, judged in (("verified", known.verified), ("audit", known.audited)):
        for source, of in _sources(judged).items():
            p, y = np.array([entry.probability for entry in of]), np.array([float(entry.right) for entry in of])
            w = np.array([entry.weight if basis == "audit" else 1.0 for entry in of])
            row = seen[source, basis]
            covered = np.array([w[p >= entry].sum() for entry in p])
            risk = np.array([(w * (1 - y))[p >= entry].sum() for entry in p]) / covered
            below = np.array([w[p < entry].sum() for entry in p])
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
            curve = [entry for entry in found.risks if entry[:2] == (source, basis)]
            assert len(curve) == 20
            for number, point in enumerate(curve, start=1):
                reached = covered / w.sum() >= number / 20 - 1e-9
                at = np.argmin(np.where(reached, covered, np.inf))
                assert point[2:5] == pytest.approx((covered[at] / w.sum(), p[at], risk[at]))
    distribution = Counter(
        ("rules" if entry.answer["method"] == "RULES" else "model", sum(entry.answer["confidence"] >= e for e in STEPS))
        for entry in known.standing
        if entry.answer["method"] != "OVERRIDE"
    )
    assert distribution == {(source, step): n for source, of in found.distribution.items() for step, n in of.items()}


@pytest.mark.parametrize("goal", [0.9, 0.95, 0.99])
def test_thresholds(stored: Client, records: list[Row], goal: float) -> None:
    """The lowest proven threshold overall and of each category, with scipy's bound, and what it would change."""
    found, known = thresholds(stored, _asked(), goal), _known(records, "category")
    standing = [entry for entry in known.standing if entry.answer["method"] in BY_MODEL]
    audited = [entry for entry in known.audited if entry.answer["method"] in BY_MODEL]
    assert found.basis == "audit"
    scopes = {ALL: (standing, audited)} | {
        name: ([e for e in standing if e.label == name], [e for e in audited if e.label == name])
        for name in {entry.label for entry in standing}
    }
    assert set(scopes) == {scope.category for scope in (found.overall, *found.categories)}
    for scope in (found.overall, *found.categories):
        own, judged = scopes[scope.category]
        best: tuple[str, float | None] = ("empirical", None) if len(judged) >= MINIMUM_N else ("not enough", None)
        for threshold in reversed(GRID):
            above = [entry for entry in judged if entry.answer["confidence"] >= threshold]
            right = sum(entry.right for entry in above)
            bound = beta.ppf(ALPHA / len(GRID), right, len(above) - right + 1) if right else 0.0
            if len(above) >= MINIMUM_N and bound >= goal:
                best = "proven", threshold
            elif best[0] == "empirical" and len(above) >= MINIMUM_N and right / len(above) >= goal:
                best = "empirical", threshold
        assert (scope.choice.status, scope.choice.threshold) == best
        assert scope.answers == len(own)
        if scope.choice.chosen is not None:
            accepted = [entry for entry in own if entry.answer["confidence"] >= scope.choice.chosen.threshold]
            assert scope.choice.chosen.n == len(accepted)
        change = next(entry for entry in found.changes if entry.category == scope.category)
        if scope.category != ALL:
            limit = 2.0 if scope.used is None else scope.used
            then = [entry.answer["confidence"] >= limit for entry in own]
            now = [entry.answer["decision"] == "AUTO" for entry in own]
            gained = sum(t and not n for t, n in zip(then, now, strict=True))
            lost = sum(n and not t for t, n in zip(then, now, strict=True))
            assert change == (scope.category, len(own), sum(now), sum(then), gained, lost)
    totals = [sum(column) for column in zip(*(entry[1:] for entry in found.changes[1:]), strict=True)]
    assert found.changes[0] == (ALL, *totals)


def _cells(made: Report) -> list[Cell]:
    return [*made.facts.values(), *(cell for table in made.tables for row in table.rows for cell in row)]


def _rounded(cell: Cell) -> Cell:
    return round(cell, 9) if isinstance(cell, float) else cell


def test_one_category(stored: Client, records: list[Row]) -> None:
    """A question about one category counts its answers, also those given under its earlier name, and no others."""
    known = [entry for entry in _known(records, "category").standing if entry.label == "cards"]
    assert any(entry.answer["category"] == "old_cards" for entry in known)

    assert accuracy(stored, *_asked(category="cards")).all.n == len(known)
    assert [entry.name for entry in categories(stored, _asked(category="cards"))] == ["cards"]
    assert {pair.answered for pair in confusion(stored, _asked(category="cards")).confused} == {"cards"}
    assert thresholds(stored, _asked(category="cards"), 0.95).overall.answers == sum(
        entry.answer["method"] in BY_MODEL for entry in known
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
