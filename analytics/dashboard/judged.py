"""How often the answers are right, and what their confidence is worth: for the accuracy page."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from analytics.reports.accuracy import accuracy
from analytics.reports.confidence import calibration, confidence_of
from analytics.reports.goal import accepted, basis_for
from analytics.reports.pairs import pairs
from analytics.reports.question import Question
from analytics.reports.steps import steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.clickhouse.client import Client
    from analytics.reports.accuracy import Group
    from analytics.reports.confidence import Confidence
    from analytics.reports.figure import Figure
    from analytics.reports.pairs import Pair
    from analytics.reports.steps import Step

# The precision that decides which judged answers the trade-off is drawn from.
GOAL = 0.95
# More than this many rows and columns are no picture any more.
MAX_HEAT = 12


def judged(client: Client, days: int, renamed: Mapping[str, str]) -> dict[str, Any]:
    """The figures of all answers of the last days; a label and its later name are one."""
    question = Question(datetime.now(UTC) - timedelta(days=days), renamed=renamed)
    with ThreadPoolExecutor() as threads:
        shares, said = threads.submit(accuracy, client, *question), threads.submit(pairs, client, question)
        counted, calibrated = threads.submit(steps, client, question), threads.submit(calibration, client, question)
    measured = shares.result()
    by_model = [step for step in counted.result() if not step.by_rules]
    return {
        "days": days,
        "figures": _shares(measured.all),
        "drawn": measured.drawn,
        "categories": [
            {"name": group.name, "n": group.n, "corrected": group.corrected, **_shares(group)}
            for group in measured.categories
        ],
        "confusion": _heat(said.result()),
        "reliability": _reliability(confidence_of(question, counted.result(), calibrated.result())),
        "thresholds": _trade_off(by_model),
    }


def _share(figure: Figure) -> dict[str, Any]:
    share, low, high = figure.cells()
    return {"n": figure.n, "share": share, "low": low, "high": high}


def _shares(group: Group) -> dict[str, Any]:
    return {name: _share(getattr(group, name)) for name in ("upper_bound", "verified", "audit")}


def _heat(judged: tuple[Pair, ...]) -> dict[str, Any]:
    """Judged answers by what was answered and what it was; of many categories those that are wrong most often."""
    wrong: dict[str, int] = {}
    for pair in judged:
        for label in filter(None, (pair.label, pair.truth)):
            wrong[label] = wrong.get(label, 0) + (0 if pair.right else pair.n)
    shown = sorted(sorted(wrong), key=lambda label: -wrong[label])[:MAX_HEAT]
    counts = {(pair.label, pair.truth): pair.n for pair in judged}
    return {
        "all": len(wrong),
        "labels": shown,
        "counts": [[counts.get((label, truth), 0) for truth in shown] for label in shown],
    }


def _reliability(measured: Confidence) -> dict[str, Any]:
    """The curve of the model's confidences on each basis, and whether enough was judged for it to mean something."""
    return {
        each.basis: {
            "n": each.n,
            "ece": each.ece_mass if each.enough else None,
            "bins": [
                {"confidence": found.mean_confidence, **_share(found.accuracy)}
                for found in measured.bins
                if found[:3] == ("model", each.basis, "width") and each.enough
            ],
        }
        for each in measured.calibrations
        if each.source == "model"
    }


def _trade_off(by_model: list[Step]) -> dict[str, Any]:
    """What each threshold would make automatic, and how much of that is right."""
    total = sum(step.n for step in by_model)
    basis = basis_for(by_model, GOAL)
    return {
        "n": total,
        "basis": basis,
        "grid": [
            {
                "threshold": each.threshold,
                "coverage": each.n / total if total else 0.0,
                "judged": each.judged,
                "precision": each.precision,
                "proven": each.proven if each.precision is not None else None,
            }
            for each in accepted(by_model, basis)
        ],
    }
