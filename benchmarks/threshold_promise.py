"""Whether proven thresholds keep their promise, on 200 random halves of banking77's bench part.

    python -m benchmarks.threshold_promise            # train, predict, write the predictions for the tests, report
    python -m benchmarks.threshold_promise --again    # report on predictions that were written before

The trained model's thresholds are chosen on one half, whose answers are all judged, and tested on the other half.
"""

import argparse
import gzip
import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from analytics.reports.goal import ALPHA, GRID, accepted, choose
from analytics.reports.steps import STEPS, Step

ROOT = Path(__file__).parent.parent
TICKETS = ROOT / "sandbox" / "data" / "banking77.jsonl.gz"
PREDICTIONS = ROOT / "tests" / "analytics" / "data" / "banking77_predictions.jsonl.gz"
HALVES = 200
GOALS = (0.90, 0.95, 0.98, 0.99)


class Prediction(NamedTuple):
    """The model's answer to one labelled ticket, and the right answer."""

    category: str
    subcategory: str
    confidence: float
    subcategory_confidence: float
    true_category: str
    true_subcategory: str


class Kept(NamedTuple):
    """The result for one goal.

    Attributes:
        proven: Halves (or halves and categories) in which a threshold was proven.
        kept: The number of those that reached the goal on the other half.
        coverage: Mean share of the other half at or above the threshold.
        precision: Mean precision there.
    """

    proven: int
    kept: int
    coverage: float
    precision: float


def predictions() -> list[Prediction]:
    """The predictions in the file."""
    with gzip.open(PREDICTIONS, "rt", encoding="utf-8") as lines:
        return [Prediction(*json.loads(line)) for line in lines]


def halves(given: Sequence[Prediction], goal: float, times: int, *, by_category: bool) -> Kept:
    """Choose thresholds on random halves and test them on the other halves."""
    proven = kept = 0
    coverages, precisions = [], []
    for seed in range(times):
        mixed = list(given)
        random.Random(seed).shuffle(mixed)
        middle = len(mixed) // 2
        for one, other in _scopes(mixed[:middle], mixed[middle:], by_category=by_category):
            choice = choose(accepted(_steps(one), "reviewed"), goal)
            if choice.status != "proven" or choice.threshold is None:
                continue
            proven += 1
            above = [prediction for prediction in other if prediction.confidence >= choice.threshold]
            right = sum(prediction.category == prediction.true_category for prediction in above)
            # Without an answer at or above the threshold the promise is kept.
            kept += not above or right / len(above) >= goal
            coverages.append(len(above) / max(1, len(other)))
            precisions.append(right / len(above) if above else 1.0)
    return Kept(proven, kept, _mean(coverages), _mean(precisions))


def _scopes(
    one: list[Prediction], other: list[Prediction], *, by_category: bool
) -> Iterable[tuple[list[Prediction], list[Prediction]]]:
    if not by_category:
        return [(one, other)]
    names = sorted({prediction.category for prediction in one})
    return [([e for e in one if e.category == name], [e for e in other if e.category == name]) for name in names]


def _steps(given: Iterable[Prediction]) -> list[Step]:
    n, right = Counter[int](), Counter[int]()
    for prediction in given:
        step = sum(prediction.confidence >= edge for edge in STEPS)
        n[step] += 1
        right[step] += prediction.category == prediction.true_category
    return [Step("", False, "AUTO", step, n[step], n[step], right[step], 0, 0) for step in n]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")


def _predict() -> None:
    from datetime import UTC, datetime  # noqa: PLC0415 - the model's libraries are needed for training only

    from classifier.tickets import read_tickets  # noqa: PLC0415
    from classifier.training import train  # noqa: PLC0415

    model = train(read_tickets([TICKETS], "train"), trained_on=datetime.now(UTC).date())
    bench = read_tickets([TICKETS], "bench")
    answers = model.predict([(ticket.subject, ticket.description) for ticket in bench], 1)
    PREDICTIONS.parent.mkdir(exist_ok=True)
    lines = [
        json.dumps(
            [
                *(best.category, best.subcategory, best.confidence, best.subcategory_confidence),
                *(ticket.category, ticket.subcategory),
            ]
        )
        for ticket, (best, *_) in zip(bench, answers, strict=True)
    ]
    PREDICTIONS.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))


def main() -> None:
    """Report as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true")
    if not parser.parse_args().again:
        _predict()
    given = predictions()
    print(f"{HALVES} random halves of {len(given)} predictions, grid of {len(GRID)}, confidence {1 - ALPHA:.0%}\n")
    print("| scope | goal | proven | kept | share kept | coverage | precision |")
    print("|---|---|---|---|---|---|---|")
    for by_category in (False, True):
        for goal in GOALS:
            found = halves(given, goal, HALVES, by_category=by_category)
            scope = "each category" if by_category else "overall"
            share = f"{found.kept / found.proven:.3f}" if found.proven else "-"
            print(
                f"| {scope} | {goal:.2f} | {found.proven} | {found.kept} | {share}"
                f" | {found.coverage:.3f} | {found.precision:.4f} |"
            )


if __name__ == "__main__":
    main()
