"""The champion gate: whether a new model may take the place of the one that is served. Pure.

Both answer audited tickets that no model was trained on. Corrections would not do: people correct what the champion got
wrong, so a challenger looks better on them than it is.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from analytics.reports.binomial import at_least
from analytics.reports.differences import ONE_SIDED, Difference, difference
from analytics.reports.outlook import MINIMUM_TICKETS, NEW_TICKETS, missing_tickets

MARGIN = 0.01
CATEGORY_TICKETS = 30
"""A category with fewer is not looked at by itself: its share would be known to no better than 15 points."""
CATEGORY_ALPHA = 0.05
"""How often one of all categories is said to fall where none does; each of them gets an equal part (Bonferroni)."""

Cause = Literal["few_tickets", "few_new", "worse_than_champion", "worse_than_best", "category_falls"]


class Pair(NamedTuple):
    """One audited ticket, answered by both.

    Attributes:
        champion_right: whether the model that stands (champion, or best ever) is right.
        challenger_right: whether the new one is.
        category: which people say it is.
    """

    champion_right: bool
    challenger_right: bool
    category: str


class Comparison(NamedTuple):
    """Two models on the same tickets.

    Attributes:
        n: tickets.
        champion: share that the one that stands has right, 0 to 1.
        challenger: share that the new one has right.
        gained: tickets that only the new one has right.
        lost: tickets that only the one that stands has right.
        difference: challenger minus champion; each end of its interval is a 95 % bound by itself.
    """

    n: int
    champion: float
    challenger: float
    gained: int
    lost: int
    difference: Difference


class CategoryFall(NamedTuple):
    """A category in which the new model is worse, beyond chance.

    Attributes:
        category: which.
        n: its tickets.
        champion: share that the champion has right.
        challenger: share that the challenger has right.
    """

    category: str
    n: int
    champion: float
    challenger: float


class Figures(NamedTuple):
    """What a verdict stands on.

    Attributes:
        champion: beside the champion; None without a ticket.
        best: beside the best model ever; None where that is the champion.
        falls: categories that fall.
        categories: how many categories had enough tickets to be looked at.
        since_last: audited tickets that are new since the last gate.
    """

    champion: Comparison | None
    best: Comparison | None
    falls: tuple[CategoryFall, ...]
    categories: int
    since_last: int


class Promote(NamedTuple):
    """The challenger may become the champion."""

    figures: Figures


class Keep(NamedTuple):
    """The champion stays.

    Attributes:
        reason: a sentence.
        missing: how many audited tickets have to be judged before the gate can be asked again.
        figures: what it stands on.
        cause: the reason, for programs.
    """

    reason: str
    missing: int
    figures: Figures
    cause: Cause


Verdict = Promote | Keep


def judge(pairs: Sequence[Pair], best: Sequence[Pair] | None, *, since_last: int) -> Verdict:
    """Say whether the challenger may be promoted.

    It may when the one-sided 95 % bound of the paired difference (`analytics.reports.differences`) lies above -1 point
    beside the champion and beside the best model ever, and no category with enough tickets falls: that is, none in
    which the lost tickets outnumber the gained ones beyond chance (Q. McNemar, Psychometrika 12, 1947, exact).

    Args:
        pairs: champion and challenger on audited tickets that neither was trained on.
        best: best model ever and challenger on the same tickets; None where the champion is the best.
        since_last: how many of the tickets are new since the last gate; all of them where there was none.
    """
    against = compare(pairs) if pairs else None
    against_best = compare(best) if best else None
    looked_at, falls = _falls(pairs)
    figures = Figures(against, against_best, falls, looked_at, since_last)
    missing = missing_tickets(len(pairs), since_last)
    if against is None or len(pairs) < MINIMUM_TICKETS:
        return Keep(
            f"{len(pairs)} audited tickets are judged for the gate, and it needs {MINIMUM_TICKETS}",
            *(missing, figures, "few_tickets"),
        )
    if missing:
        return Keep(
            f"{since_last} audited tickets are new since the last gate, and it needs {NEW_TICKETS}",
            *(missing, figures, "few_new"),
        )
    if not _holds(against):
        return Keep(_worse(against, "champion"), NEW_TICKETS, figures, "worse_than_champion")
    if against_best and not _holds(against_best):
        return Keep(_worse(against_best, "best model ever"), NEW_TICKETS, figures, "worse_than_best")
    if falls:
        return Keep(_fallen(falls), NEW_TICKETS, figures, "category_falls")
    return Promote(figures)


def compare(pairs: Sequence[Pair], quantile: float = ONE_SIDED) -> Comparison:
    """Compare two models on at least one pair."""
    seen = Counter((pair.champion_right, pair.challenger_right) for pair in pairs)
    n, both = len(pairs), seen[True, True]
    gained, lost = seen[False, True], seen[True, False]
    return Comparison(n, (both + lost) / n, (both + gained) / n, gained, lost, difference(gained, lost, n, quantile))


def as_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict for the history of a folder of models: `verdict` is promote or keep."""
    figures = verdict.figures
    found: dict[str, Any] = {
        "champion": _comparison_json(figures.champion),
        "best": _comparison_json(figures.best),
        "falls": [fall._asdict() for fall in figures.falls],
        "categories": figures.categories,
        "since_last": figures.since_last,
    }
    match verdict:
        case Promote():
            return {"verdict": "promote", "reason": None, "cause": None, "missing": 0, **found}
        case Keep(reason=reason, missing=missing, cause=cause):
            return {"verdict": "keep", "reason": reason, "cause": cause, "missing": missing, **found}


def _comparison_json(compared: Comparison | None) -> dict[str, Any] | None:
    if compared is None:
        return None
    found = compared._asdict()
    return {**found, "difference": compared.difference.difference, "bound": compared.difference.low}


def _holds(compared: Comparison) -> bool:
    return compared.difference.low > -MARGIN


def _worse(compared: Comparison, standing: str) -> str:
    points = 100 * compared.difference.difference
    bound = 100 * compared.difference.low
    return (
        f"beside the {standing} it is {points:+.1f} points on {compared.n} audited tickets, and only sure to be better"
        f" than {bound:+.1f} (one-sided 95 % bound), which has to lie above {-100 * MARGIN:+.0f}"
    )


def _fallen(falls: Sequence[CategoryFall]) -> str:
    named = ", ".join(f"{fall.category} from {fall.champion:.0%} to {fall.challenger:.0%}" for fall in falls)
    return f"it falls, beyond chance, in: {named}"


def _falls(pairs: Sequence[Pair]) -> tuple[int, tuple[CategoryFall, ...]]:
    by_category: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_category.setdefault(pair.category, []).append(pair)
    enough = {name: compare(of) for name, of in sorted(by_category.items()) if len(of) >= CATEGORY_TICKETS}
    falls = [
        CategoryFall(name, found.n, found.champion, found.challenger)
        for name, found in enough.items()
        if at_least(found.lost, found.lost + found.gained, 0.5) < CATEGORY_ALPHA / len(enough)
    ]
    return len(enough), tuple(falls)
