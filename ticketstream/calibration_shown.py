"""What is said of a calibration, and of the ledger of an LLM."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from analytics.reports.report import Cell, Report, Table
from classifier.llm.calibration import LEAST_ANSWERS, LEAST_FOR_ISOTONIC, Temperature
from classifier.llm.ledger import DayRow
from classifier.llm.measuring import Measured
from classifier.llm.prices import currency, written
from classifier.llm.types import Source
from consumer.answer.policy import Policy
from projects.accuracy.automatic import Automatic, automatic
from terminal.safe_text import printable

_LEDGER_COLUMNS = (
    *("day", "endpoint", "model", "calls", "input_tokens", "cached_tokens", "output_tokens", "cost"),
    *("refused_calls", "estimated_calls", "estimated_cost"),
)
_LEDGER_NOTES = (
    "Days are those of UTC. cost is what the endpoint counted, by the prices of that time.",
    "estimated: calls of which nobody knows the cost (no answer, or a process that died), at most it may have been.",
)


def sentences(found: Mapping[Source, Measured], few: Mapping[Source, int], policy: Policy) -> Iterable[str]:
    """Lines for people.

    Args:
        found: what was fitted, by where the confidence comes from.
        few: how many answers there were where nothing could be fitted.
        policy: the thresholds of now.
    """
    for source, one in found.items():
        yield f"The category is right in {one.accuracy:.1%} of {one.answers:,} answers {_with(source)}."
        unseen = "" if source == "constant" else ", on answers that were not fitted to"
        yield (
            f"Calibrated by {_method(one)}. Expected calibration error: {one.ece_before:.3f} before,"
            f" {one.ece_after:.3f} after{unseen}."
        )
        if one.ece_after > one.ece_before:
            yield "The calibration makes it no better: use more labelled tickets, like those that will come."
        yield _automatic_now(one, policy)
        yield _automatic_best(_best(one))
        if source == "constant":
            yield (
                "The endpoint gives no log-probabilities, so all answers are equally sure: their confidence is their"
                " accuracy. An endpoint that gives them (logprobs) tells sure answers from others."
            )
        elif one.answers < LEAST_FOR_ISOTONIC:
            yield f"From {LEAST_FOR_ISOTONIC:,} answers a curve is fitted, which needs fewer assumptions."
    for source, count in few.items():
        yield (
            f"{count:,} answers {_with(source)} are too few: {LEAST_ANSWERS - count:,} more are needed. Such answers"
            " stay uncalibrated, and are never automatic."
        )


def figures(found: Mapping[Source, Measured], few: Mapping[Source, int], policy: Policy) -> dict[str, Any]:
    """The same for programs."""
    return {
        "calibrations": [
            {
                "confidence_source": source,
                "method": "temperature" if isinstance(one.calibration, Temperature) else "isotonic",
                "temperature": one.calibration.temperature if isinstance(one.calibration, Temperature) else None,
                "answers": one.answers,
                "accuracy": one.accuracy,
                "ece_before": one.ece_before,
                "ece_after": one.ece_after,
                "policy": policy.version,
                "automatic_from": policy.overall.auto,
                "automatic_share": _reach(one, policy)[0],
                "automatic_accuracy": _reach(one, policy)[1],
                "threshold_for_95_percent": _best(one).threshold,
            }
            for source, one in found.items()
        ],
        "too_few": [{"confidence_source": source, "answers": count} for source, count in few.items()],
    }


def ledger_report(path: Path, days: Sequence[DayRow], *, exact: bool) -> Report:
    """The ledger as a report; costs as texts with all digits where they are to be exact."""

    def cost(amount_nano: int) -> Cell:
        return written(amount_nano) if exact else currency(amount_nano)

    rows = tuple((*day[:7], cost(day.cost_nano), *day[8:10], cost(day.estimated_nano)) for day in days)
    total = cost(sum(day.cost_nano + day.estimated_nano for day in days))
    facts: dict[str, Cell] = {"file": printable(str(path)), "total_cost": total}
    return Report("ledger", facts, (Table("days", _LEDGER_COLUMNS, rows),), _LEDGER_NOTES)


def _with(source: Source) -> str:
    return "with log-probabilities" if source == "logprobs" else "without log-probabilities"


def _method(one: Measured) -> str:
    if not isinstance(one.calibration, Temperature):
        return "a curve (isotonic regression)" if len(set(one.calibration.confidences)) > 1 else "the accuracy alone"
    temperature = one.calibration.temperature
    meaning = "the LLM was too sure" if temperature > 1 else "the LLM was not sure enough"
    return f"a temperature of {temperature:.2f} ({meaning})"


def _best(one: Measured) -> Automatic:
    return automatic([judged[:2] for judged in one.judged])


def _reach(one: Measured, policy: Policy) -> tuple[float, float | None]:
    """The share of the answers that is automatic, and the share of these that is right."""
    above = [judged.is_right for judged in one.judged if judged.confidence >= policy.of(judged.category).auto]
    return len(above) / len(one.judged), sum(above) / len(above) if above else None


def _automatic_now(one: Measured, policy: Policy) -> str:
    thresholds = (
        f"the policy {printable(policy.version)}" if policy.categories else f"a threshold of {policy.overall.auto:g}"
    )
    share, precision = _reach(one, policy)
    if precision is None:
        return f"Automatic now, with {thresholds}: none of the tickets."
    return f"Automatic now, with {thresholds}: {share:.0%} of the tickets; {precision:.1%} of these are right."


def _automatic_best(best: Automatic) -> str:
    if best.threshold is None:
        return f"No confidence was right in {best.goal:.0%} of at least 30 answers."
    proof = "proven with 90 % confidence" if best.kind == "bound" else "as seen, which is no proof"
    return f"From {best.threshold:g} on, {best.share:.0%} of the tickets, {best.goal:.0%} are right ({proof})."
