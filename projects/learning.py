"""From labelled tickets to a model, a taxonomy with keyword rules, and a report of what they are worth."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from classifier.languages import RULES_LANGUAGES, Languages
from classifier.model import Model
from classifier.tickets import DataError
from classifier.training import Progress
from classifier.training import train as train_model
from projects.accuracy.automatic import automatic
from projects.accuracy.curve import Forecast, Point, forecast
from projects.accuracy.figures import (
    confusions,
    contradictions_shown,
    duplicates_shown,
    estimate,
    label_figures,
)
from projects.accuracy.folds import folds
from projects.accuracy.held_out import (
    Fold,
    Judged,
    Sample,
    Sampled,
    Train,
    Trainer,
    curve_points,
    sampled,
    samples,
    used_folds,
)
from projects.accuracy.report import Estimate, LanguageFigures, Reading, Report
from projects.rules.rules import MinedRules, keywords_by_language, mined_rules
from projects.tickets.labelled import Example, Labelled
from projects.tickets.repeats import Repeats, fingerprints, grouped, repeats

if TYPE_CHECKING:
    from classifier.model import Label


MANY_LABELS = 500
"""As many labels for a few tickets each are no labels but identifiers, and would take hours to learn."""


class Learned(NamedTuple):
    """What came of labelled tickets.

    Attributes:
        model: Trained on all tickets.
        taxonomy: The text of taxonomy.toml.
    """

    model: Model
    taxonomy: str
    report: Report


class _Measured(NamedTuple):
    """Held-out tickets of each fold with the answers of its model, and of models that learned from less."""

    folds: list[Fold]
    judged: list[list[Judged]]
    fewer: list[Sampled]

    @property
    def all(self) -> list[Judged]:
        return [one for part in self.judged for one in part]


def learn(labelled: Labelled, *, today: date, name: str, on_progress: Progress, train: Train = train_model) -> Learned:
    """Train and calibrate a model of all tickets, mine keywords, and measure both on tickets that they did not see.

    Accuracy comes from cross-validation by texts: tickets of one text are never on both sides. The same tickets, in any
    order, give the same result.

    Args:
        labelled: At least two categories.
        today: The day in the versions of model and taxonomy.
        name: First part of the model's version.
        on_progress: Receives how many tickets were learned from, of how many, and what is done now.
        train: Makes every model, those that are measured and the one that stays.

    Raises:
        DataError: All tickets have one category or one text, or none has words.
    """
    examples = labelled.examples
    prints = fingerprints(examples)
    groups = grouped(examples, prints)
    _refuse_unlearnable(labelled, groups)
    parts = folds(groups)
    found = used_folds(groups, parts)
    planned = samples(found)
    trainer = Trainer(train, name, today, _tickets_to_learn_from(examples, found, planned), on_progress)
    model = trainer.train(examples, f"learning from {len(examples):,} tickets")
    judged = [
        trainer.answers(fold.rest, fold.held, f"measuring on held-out part {number} of {len(found)}")
        for number, fold in enumerate(found, 1)
    ]
    measured = _Measured(found, judged, sampled(trainer, found, planned))
    trainer.tell("choosing keywords")
    rules = mined_rules(parts, labelled.names, _languages(examples), today)
    trainer.end()
    text_of = dict(zip(examples, prints, strict=True))
    return Learned(model, rules.taxonomy, _report(labelled, model, measured, text_of, repeats(groups), rules))


def _refuse_unlearnable(labelled: Labelled, groups: Mapping[str, Sequence[Example]]) -> None:
    categories = sorted({example.category for example in labelled.examples})
    if len(categories) < 2:
        name = labelled.names[categories[0], None]
        raise DataError(
            f"every ticket has the category {name!r}; a model needs two at least. Label some tickets otherwise, or name"
            " the right column with --map category=COLUMN"
        )
    labels = len({example.label for example in labelled.examples})
    if labels > MANY_LABELS and 2 * labels > len(labelled.examples):
        raise DataError(
            f"{labels:,} labels for {len(labelled.examples):,} tickets: most have one of their own. Name the right"
            " columns with --map category=COLUMN and --map subcategory=COLUMN; --map subcategory= is for none"
        )
    if len(groups) < 2:
        raise DataError("all tickets have the same text; name the right columns with --map description=COLUMN")


def _tickets_to_learn_from(examples: Sequence[Example], found: Sequence[Fold], planned: Sequence[Sample]) -> int:
    rests = [len(fold.rest) for fold in found]
    return len(examples) + sum(rests) + sum(rests[plan.fold] // plan.share for plan in planned)


def _languages(examples: Sequence[Example]) -> tuple[str, ...]:
    """The languages of names and keywords: Spanish and English, and those of many tickets."""
    others = set(Languages.of([example.text for example in examples]).known) - set(RULES_LANGUAGES)
    return (*sorted(RULES_LANGUAGES, reverse=True), *sorted(others))


def _report(
    labelled: Labelled,
    model: Model,
    measured: _Measured,
    text_of: Mapping[Example, str],
    found: Repeats,
    rules: MinedRules,
) -> Report:
    examples, names, judged = labelled.examples, labelled.names, measured.all
    sizes = list(Counter(text_of[one.example] for one in judged).values())
    has_finer = any(example.subcategory for example in examples)
    category = _curve(measured, len(examples), sizes, lambda one: one.is_right)
    whole = _curve(measured, len(examples), sizes, lambda one: one.is_whole_right) if has_finer else None
    return Report(
        model=model.version,
        tickets=len(examples),
        skipped=labelled.skipped,
        columns=labelled.columns,
        languages=_language_figures(examples, judged, keywords_by_language(rules.keywords)),
        reading=_reading(model),
        accuracy=category.estimate,
        whole_accuracy=whole.estimate if whole else None,
        curve=tuple(category.points),
        forecasts=tuple(category.forecasts),
        automatic=automatic(_one_of_each_text(judged, text_of)),
        categories=label_figures(judged, examples, names, finer=False),
        subcategories=label_figures(judged, examples, names, finer=True) if has_finer else (),
        confusions=confusions(judged, names, finer=False),
        subcategory_confusions=confusions(judged, names, finer=True),
        duplicates=found.duplicates,
        duplicated=duplicates_shown(found),
        contradictions=found.contradictions,
        contradicted=contradictions_shown(found, names),
        alike=labelled.alike,
        rules=rules.figures,
    )


def _reading(model: Model) -> Reading | None:
    multilingual = model.multilingual
    if multilingual is None:
        return None
    return Reading(multilingual.embedding.name, multilingual.languages.known, *multilingual.choice)


class _Curve(NamedTuple):
    points: list[Point]
    forecasts: list[Forecast]
    estimate: Estimate


def _curve(measured: _Measured, tickets: int, sizes: Sequence[int], is_right: Callable[[Judged], bool]) -> _Curve:
    points = curve_points(measured.folds, measured.judged, measured.fewer, is_right)
    forecasts = forecast(points, (tickets, 2 * tickets))
    last = points[-1]
    # Where the curve forecasts nothing, the model is taken to be as good as those that learned from less.
    at_all = forecasts[0] if forecasts else Forecast(tickets, last.accuracy, last.accuracy, last.accuracy)
    return _Curve(points, forecasts, estimate(measured.all, is_right, sizes, last, at_all))


def _one_of_each_text(judged: Sequence[Judged], text_of: Mapping[Example, str]) -> list[tuple[float, bool]]:
    first: dict[tuple[str, Label], Judged] = {}
    for one in judged:
        first.setdefault((text_of[one.example], one.example.label), one)
    return [(one.answer.confidence, one.is_right) for one in first.values()]


def _language_figures(
    examples: Sequence[Example], judged: Sequence[Judged], keywords: Mapping[str, int]
) -> tuple[LanguageFigures, ...]:
    tickets = Counter(example.language for example in examples)
    right: dict[str, list[bool]] = defaultdict(list)
    for one in judged:
        right[one.example.language].append(one.is_right)
    return tuple(
        LanguageFigures(
            language,
            count,
            len(right[language]),
            sum(right[language]) / len(right[language]) if right[language] else None,
            keywords.get(language, 0),
        )
        for language, count in tickets.most_common()
    )
