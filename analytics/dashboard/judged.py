"""Figures of the accuracy page: how often answers are right, and how far their confidences can be trusted."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from analytics.clickhouse.client import Client
from analytics.reports.accuracy import Group, accuracy
from analytics.reports.confidence import Confidence, confidence_of
from analytics.reports.confidence import calibration as ask_calibration
from analytics.reports.figure import Figure
from analytics.reports.goal import accepted, basis_for
from analytics.reports.pairs import Pair, pairs
from analytics.reports.question import Question
from analytics.reports.steps import Step, steps
from analytics.reports.thresholds import uncalibrated

# The goal by which the basis of the trade-off is chosen (see `basis_for`).
GOAL = 0.95
# A larger table of colours cannot be read.
MAX_HEAT = 12


def judged(client: Client, days: int, renamed: Mapping[str, str]) -> dict[str, Any]:
    """Return the figures of the answers of the last days. A label and its later name are one."""
    question = Question(datetime.now(UTC) - timedelta(days=days), renamed=renamed)
    with ThreadPoolExecutor() as threads:
        shares, counted_pairs = threads.submit(accuracy, client, *question), threads.submit(pairs, client, question)
        counted, calibrated = threads.submit(steps, client, question), threads.submit(ask_calibration, client, question)
        doubtful = threads.submit(uncalibrated, client, question)
    measured = shares.result()
    by_model = [step for step in counted.result() if not step.by_rules]
    return {
        "days": days,
        "figures": _shares(measured.all),
        "drawn": measured.drawn,
        "two_people": share_of(measured.two_people),
        "categories": [
            {"name": group.name, "n": group.n, "corrected": group.corrected, **_shares(group)}
            for group in measured.categories
        ],
        "confusion": _heat(counted_pairs.result()),
        "reliability": _reliability(confidence_of(question, counted.result(), calibrated.result())),
        "thresholds": _trade_off(by_model) | {"uncalibrated": doubtful.result().answers},
    }


def share_of(figure: Figure) -> dict[str, Any]:
    """Lay a figure out for JSON: without its share where there is not enough to name one."""
    share, low, high = figure.cells()
    return {"n": figure.n, "share": share, "low": low, "high": high}


def _shares(group: Group) -> dict[str, Any]:
    return {name: share_of(getattr(group, name)) for name in ("upper_bound", "verified", "audit")}


def _heat(judged: tuple[Pair, ...]) -> dict[str, Any]:
    """Count judged answers by label and truth. Of many labels those are shown that are wrong most often."""
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
    """Return the reliability curve of the model on each basis; empty when too few answers were judged."""
    return {
        calibration.basis: {
            "n": calibration.n,
            "ece": calibration.ece_mass if calibration.enough else None,
            "bins": [
                {"confidence": found.mean_confidence, **share_of(found.accuracy)}
                for found in measured.bins
                if found[:3] == ("model", calibration.basis, "width") and calibration.enough
            ],
        }
        for calibration in measured.calibrations
        if calibration.source == "model"
    }


def _trade_off(by_model: list[Step]) -> dict[str, Any]:
    """Return for each threshold the share of answers that would be automatic, and their precision."""
    total = sum(step.n for step in by_model)
    basis = basis_for(by_model, GOAL)
    return {
        "n": total,
        "basis": basis,
        "grid": [
            {
                "threshold": above.threshold,
                "coverage": above.n / total if total else 0.0,
                "judged": above.judged,
                "precision": above.precision,
                "proven": above.proven if above.precision is not None else None,
            }
            for above in accepted(by_model, basis)
        ],
    }
