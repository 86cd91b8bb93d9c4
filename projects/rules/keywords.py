"""Keywords for the rules, mined from labelled tickets.

Tickets are in parts. For each part keywords are chosen on all the others, and how often a keyword is right is counted
on that part alone: no ticket measures what it helped to choose, and no keyword is left out for what was measured, which
would make the others look better than they are. Kept are the keywords that were chosen for most parts (N. Meinshausen
and P. Bühlmann, "Stability selection", JRSS B 72, 2010).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import bdtrc

from consumer.answer.keyword_rules import lower_bound
from projects.rules.keyword_counts import Counts, Floats

MOST_OF_CATEGORY = 10
MOST_OF_SUBCATEGORY = 3
_STABLE = 0.5


class Demand(NamedTuple):
    """What a phrase must reach to be chosen.

    Attributes:
        precision: The share of the tickets holding it that belong to the label.
        false: The expected share of chosen phrases that have nothing to do with the label. Y. Benjamini and
            Y. Hochberg, "Controlling the false discovery rate", JRSS B 57, 1995.
    """

    precision: float
    false: float


_GOOD = Demand(0.75, 0.1)
_FAIR = Demand(0.75, 0.5)
_FEWEST = 2
_ENOUGH_GOOD = 2
_MEASURED = 2


class Choice(NamedTuple):
    """A phrase that was chosen for a label."""

    phrase: int
    category: int
    subcategory: str | None


class Mined(NamedTuple):
    """A keyword with how often it was right on tickets that did not choose it.

    Attributes:
        precision: The share of `n` tickets holding it that belong to the category.
        subcategory_precision: Of those of the category, the share that belongs to the subcategory.
    """

    text: str
    language: str
    category: str
    precision: float
    n: int
    subcategory: str | None = None
    subcategory_precision: float | None = None


def mined(counts: Counts) -> list[Mined]:
    """The keywords of one language, the best ones of each category first."""
    choices: dict[int, dict[int, Choice]] = defaultdict(dict)
    for part in np.unique(counts.parts).tolist():
        for choice in chosen(counts, counts.parts != part):
            choices[choice.phrase][part] = choice
    held = {part: counts.held_by(counts.parts == part) for part in np.unique(counts.parts).tolist()}
    measured = [found for phrase, by_part in choices.items() if (found := _measured(counts, phrase, by_part, held))]
    return _kept(measured, stable=_STABLE * len(held))


class _Candidate(NamedTuple):
    mined: Mined
    parts: int


def _measured(
    counts: Counts, phrase: int, by_part: Mapping[int, Choice], held: Mapping[int, tuple[Floats, Floats]]
) -> _Candidate | None:
    category = _most_frequent([choice.category for choice in by_part.values()])
    parts = [part for part, choice in by_part.items() if choice.category == category]
    of_categories = sum(held[part][0][:, phrase] for part in parts)
    n, right = float(np.sum(of_categories)), float(np.asarray(of_categories)[category])
    if not n:
        return None
    name = counts.categories[category]
    keyword = Mined(counts.phrases[phrase], counts.language, name, round(right / n, 4), round(n))
    finer = Counter(by_part[part].subcategory for part in parts)
    subcategory = min(finer, key=lambda label: (-finer[label], label or ""))
    if subcategory is not None:
        label = counts.labels.index((name, subcategory))
        share = sum(float(held[part][1][label, phrase]) for part in parts) / max(right, 1.0)
        keyword = keyword._replace(subcategory=subcategory, subcategory_precision=round(share, 4))
    return _Candidate(keyword, len(parts))


def _most_frequent(values: Sequence[int]) -> int:
    times = Counter(values)
    return min(times, key=lambda value: (-times[value], value))


def _kept(found: Sequence[_Candidate], stable: float) -> list[Mined]:
    """Those that most parts chose, at most some for each label; where there are none, those that most of them chose."""
    by_label: dict[tuple[str, str | None], list[_Candidate]] = defaultdict(list)
    for candidate in found:
        by_label[candidate.mined.category, None].append(candidate)
        if candidate.mined.subcategory:
            by_label[candidate.mined.category, candidate.mined.subcategory].append(candidate)
    kept: dict[Mined, None] = {}
    for (_, subcategory), candidates in by_label.items():
        ranked = sorted(candidates, key=lambda one: (-one.parts, -one.mined.n, one.mined.text))
        most = MOST_OF_CATEGORY if subcategory is None else MOST_OF_SUBCATEGORY
        steady = [one for one in ranked if one.parts >= stable and one.mined.n >= _MEASURED]
        if not steady and subcategory is None:
            steady = ranked[:_ENOUGH_GOOD]
        kept |= dict.fromkeys(one.mined for one in steady[:most])
    return sorted(kept, key=lambda one: (one.category, -lower_bound(one.precision, one.n), one.text))


def chosen(counts: Counts, rows: npt.NDArray[np.bool_]) -> list[Choice]:
    """Phrases for each category, and more for each subcategory, chosen on some of the tickets.

    Each is taken for the tickets of its label that no phrase before it covers, weighed by how surely it is right.
    """
    of_categories, of_labels = counts.held_by(rows)
    sizes, label_sizes = counts.tickets(rows)
    tickets = max(1.0, float(rows.sum()))
    n = of_categories.sum(axis=0)
    found: dict[int, Choice] = {}
    for category in range(len(counts.categories)):
        picked = _covering(
            counts, rows, counts.category == category, of_categories[category], n, sizes[category] / tickets
        )
        for phrase in picked[:MOST_OF_CATEGORY]:
            found.setdefault(phrase, Choice(phrase, category, None))
    numbers = {name: number for number, name in enumerate(counts.categories)}
    for label, (name, subcategory) in enumerate(counts.labels):
        if subcategory is not None:
            picked = _covering(counts, rows, counts.label == label, of_labels[label], n, label_sizes[label] / tickets)
            for phrase in picked[:MOST_OF_SUBCATEGORY]:
                found.setdefault(phrase, Choice(phrase, numbers[name], subcategory))
    return [_with_subcategory(counts, choice, of_categories, of_labels) for choice in found.values()]


def _covering(
    counts: Counts, rows: npt.NDArray[np.bool_], members: npt.NDArray[np.bool_], right: Floats, n: Floats, share: float
) -> list[int]:
    """Phrases that cover the tickets of one label, the most useful first."""
    picked: list[int] = []
    holds = counts.holds[rows & members].toarray() > 0
    uncovered = np.ones(len(holds), dtype=bool)
    for demand in (_GOOD, _FAIR):
        allowed = np.flatnonzero(_reaches(right, n, share, demand))
        surely = np.array([lower_bound(right[phrase] / n[phrase], int(n[phrase])) for phrase in allowed])
        picked += _greedy(holds[:, allowed], surely, allowed, uncovered)
        if len(picked) >= _ENOUGH_GOOD:
            break
    return picked


def _greedy(
    holds: npt.NDArray[np.bool_], surely: Floats, phrases: npt.NDArray[np.int64], uncovered: npt.NDArray[np.bool_]
) -> Iterator[int]:
    while len(phrases):
        gains = holds[uncovered].sum(axis=0) * surely
        best = int(gains.argmax())
        if gains[best] <= 0:
            return
        uncovered &= ~holds[:, best]
        yield int(phrases[best])


def _reaches(right: Floats, n: Floats, share: float, demand: Demand) -> npt.NDArray[np.bool_]:
    """Which phrases are precise enough, and hold the label's tickets more often than chance explains.

    Args:
        right: Tickets of the label that hold each phrase.
        n: All tickets that hold it.
        share: The label's share of all tickets.
        demand: What they must reach.
    """
    is_tested = n >= _FEWEST
    tested = int(is_tested.sum())
    chance = np.where(
        is_tested & (right > 0), bdtrc(np.maximum(right - 1, 0), np.maximum(n, 1).astype(int), share), 1.0
    )
    ordered = np.sort(chance)[:tested]
    passed = np.flatnonzero(ordered <= demand.false * np.arange(1, tested + 1) / max(1, tested))
    if not len(passed):
        return np.zeros(len(n), dtype=bool)
    is_precise = right >= np.maximum(demand.precision * n, _FEWEST)
    return np.asarray((chance <= ordered[passed[-1]]) & is_precise)


def _with_subcategory(counts: Counts, choice: Choice, of_categories: Floats, of_labels: Floats) -> Choice:
    """The choice with the subcategory that most of its tickets have, if there is one."""
    right = of_categories[choice.category, choice.phrase]
    name = counts.categories[choice.category]
    for label, (category, subcategory) in enumerate(counts.labels):
        if category == name and subcategory is not None and of_labels[label, choice.phrase] * 2 > right:
            return choice._replace(subcategory=subcategory)
    return choice._replace(subcategory=None)
