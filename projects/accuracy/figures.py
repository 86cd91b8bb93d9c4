"""From answers to held-out tickets to figures."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from classifier.model import Label
from projects.accuracy.curve import Forecast, Point
from projects.accuracy.held_out import Judged
from projects.accuracy.intervals import effective_n, wilson
from projects.accuracy.report import Confusion, Contradiction, Duplicate, Estimate, Excerpt, LabelFigures
from projects.tickets.labelled import Example
from projects.tickets.repeats import Repeats
from tickets.text.cleaning import clean

ENOUGH_OF_CATEGORY = 20
ENOUGH_OF_SUBCATEGORY = 10
"""With ten tickets each, 77 intents of a bank were right in three of four cases, with three in one of two."""

DEPENDENCE = 1.25
"""So much larger is the variance of an accuracy by cross-validation than that of independent trials.

Each ticket is answered once and helps to train the models that answer the others: S. Bates, T. Hastie and R.
Tibshirani, "Cross-validation: what does it estimate and how well does it do it?", arXiv 2104.00673. The number was
measured on samples of 400 tickets of clinc150.
"""

CONFUSIONS_SHOWN = 5
EXAMPLES_SHOWN = 2
REPEATS_SHOWN = 5
_EXCERPT_CHARACTERS = 140


def estimate(
    judged: Sequence[Judged], is_right: Callable[[Judged], bool], sizes: Sequence[int], last: Point, at_all: Forecast
) -> Estimate:
    """The accuracy of the model of all tickets, from answers of models that learned from fewer.

    The interval is Wilson's for what was measured, moved by what the remaining tickets are expected to add, and widened
    by the range of that forecast.

    Args:
        judged: Held-out tickets.
        is_right: Whether an answer counts as right.
        sizes: The number of held-out tickets of each text; equal ones count for one another.
        last: The accuracy of the models that answered them.
        at_all: The accuracy that the curve forecasts for all tickets.
    """
    measured = sum(map(is_right, judged)) / len(judged)
    low, high = wilson(measured, effective_n(sizes) / DEPENDENCE)
    return Estimate(
        accuracy=min(1.0, measured + at_all.accuracy - last.accuracy),
        low=min(1.0, low + at_all.low - last.accuracy),
        high=min(1.0, high + at_all.high - last.accuracy),
        held_out=len(judged),
        measured=measured,
        learned_from=last.tickets,
    )


def label_figures(
    judged: Sequence[Judged], examples: Iterable[Example], names: Mapping[Label, str], *, finer: bool
) -> tuple[LabelFigures, ...]:
    """Figures of every category, or with `finer` of every subcategory; the worst recall first."""
    gold = [_label(one.example.category, one.example.subcategory, finer=finer) for one in judged]
    answered = [_label(one.answer.category, one.answer.subcategory, finer=finer) for one in judged]
    right = Counter(one for one, other in zip(gold, answered, strict=True) if one == other)
    of_gold, of_answered = Counter(gold), Counter(answered)
    tickets = Counter(_label(example.category, example.subcategory, finer=finer) for example in examples)
    enough = ENOUGH_OF_SUBCATEGORY if finer else ENOUGH_OF_CATEGORY
    figures = [
        LabelFigures(
            label=label,
            name=shown_name(names, label),
            tickets=count,
            held_out=of_gold[label],
            precision=right[label] / of_answered[label] if of_answered[label] else None,
            recall=right[label] / of_gold[label] if of_gold[label] else None,
            missing=max(0, enough - count),
        )
        for label, count in tickets.items()
        if label[1] is not None or not finer
    ]
    return tuple(sorted(figures, key=lambda one: (one.recall is None, one.recall or 0.0, one.name)))


def _label(category: str, subcategory: str | None, *, finer: bool) -> Label:
    return category, subcategory if finer else None


def shown_name(names: Mapping[Label, str], label: Label) -> str:
    """A label's name; a subcategory behind its category."""
    category, subcategory = label
    whole = names.get((category, None), category)
    return whole if subcategory is None else f"{whole} / {names.get(label, subcategory)}"


def confusions(judged: Sequence[Judged], names: Mapping[Label, str], *, finer: bool) -> tuple[Confusion, ...]:
    """The pairs that are confused most: of categories, or with `finer` of subcategories of one category."""
    pairs: dict[tuple[Label, Label], list[Judged]] = defaultdict(list)
    for one in judged:
        if finer and not (one.is_right and one.example.subcategory):
            continue
        gold = _label(one.example.category, one.example.subcategory, finer=finer)
        answered = _label(one.answer.category, one.answer.subcategory, finer=finer)
        if gold != answered:
            pairs[gold, answered].append(one)
    ranked = sorted(pairs.items(), key=lambda item: (-len(item[1]), str(item[0])))
    return tuple(
        Confusion(shown_name(names, gold), shown_name(names, answered), len(members), _excerpts(members))
        for (gold, answered), members in ranked[:CONFUSIONS_SHOWN]
    )


def _excerpts(judged: Sequence[Judged]) -> tuple[Excerpt, ...]:
    surest = sorted(judged, key=lambda one: (-one.answer.confidence, one.example.line))
    texts: dict[str, Excerpt] = {}
    for one in surest:
        text = excerpt(one.example)
        texts.setdefault(text, Excerpt(one.example.line, text))
    return tuple(texts.values())[:EXAMPLES_SHOWN]


def excerpt(example: Example) -> str:
    """The beginning of what a customer said, on one line."""
    cleaned = clean(example.subject, example.description)
    text = " | ".join(filter(None, (" ".join(part.split()) for part in (cleaned.subject, cleaned.description))))
    return text if len(text) <= _EXCERPT_CHARACTERS else f"{text[: _EXCERPT_CHARACTERS - 1].rstrip()}…"


def duplicates_shown(found: Repeats) -> tuple[Duplicate, ...]:
    """Some of the tickets that are there several times."""
    return tuple(
        Duplicate(tuple(example.line for example in group), excerpt(group[0]))
        for group in found.duplicated[:REPEATS_SHOWN]
    )


def contradictions_shown(found: Repeats, names: Mapping[Label, str]) -> tuple[Contradiction, ...]:
    """Some of the texts that have several labels."""
    return tuple(
        Contradiction(
            labels=tuple(sorted({shown_name(names, example.label) for example in group})),
            lines=tuple(example.line for example in group),
            text=excerpt(group[0]),
        )
        for group in found.contradicted[:REPEATS_SHOWN]
    )
