"""Answers to tickets that the answering model has not seen, and accuracy at growing numbers of tickets."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from math import sqrt
from typing import NamedTuple, Protocol

from classifier.model import CategoryLabel, Label, Model
from classifier.tickets import DataError, LabelledTicket
from classifier.training import Progress
from projects.accuracy.curve import Point
from projects.accuracy.folds import sample
from projects.tickets.labelled import Example

Labels = Counter[Label]
"""How many tickets there are of each label."""

ENOUGH_HELD_OUT = 2000
"""With so many held-out tickets the accuracy is known to 2 points; more folds would take minutes."""
CURVE_TICKETS = 5000
"""About so many tickets are learned from for each size of the curve."""
CURVE_SHARES = (4, 2)
"""The curve is measured at a fourth, at half, and at all of the tickets that are not held out."""
REPEATS = 2
SMALLEST_SAMPLE = 10
_BATCH = 256
_UNKNOWN = CategoryLabel("", 0.0, None, None)


class Judged(NamedTuple):
    """A held-out ticket and the answer that it got."""

    example: Example
    answer: CategoryLabel

    @property
    def is_right(self) -> bool:
        """Whether the category is right."""
        return self.answer.category == self.example.category

    @property
    def is_whole_right(self) -> bool:
        """Whether category and subcategory are right."""
        return self.is_right and self.answer.subcategory == self.example.subcategory


class Fold(NamedTuple):
    """Held-out tickets, and the tickets that the model learned from instead, by their fingerprints."""

    held: Sequence[Example]
    groups: Mapping[str, Sequence[Example]]

    @property
    def rest(self) -> list[Example]:
        return [example for group in self.groups.values() for example in group]


class Train(Protocol):
    """Makes a model of tickets; `classifier.training.train`, for one."""

    def __call__(
        self, tickets: Sequence[LabelledTicket], *, trained_on: date, name: str | None, on_progress: Progress
    ) -> Model:
        """Raise DataError where there are fewer than two labels, or no words."""


class Trainer:
    """Trains models one after the other and tells how far all of them are.

    Attributes:
        name: First part of the models' versions.
        today: The day in their versions.
    """

    def __init__(self, train: Train, name: str, today: date, planned: int, on_progress: Progress) -> None:
        """Take the number of tickets that all models together will learn from."""
        self._train = train
        self.name = name
        self.today = today
        self._planned = planned
        self._done = self._told = 0
        self._on_progress = on_progress

    def train(self, examples: Sequence[Example], what: str) -> Model:
        """A model of these tickets.

        Raises:
            DataError: They have fewer than two labels, or no words.
        """
        size = len(examples)

        def on_progress(done: int, steps: int, _what: str) -> None:
            # Samples are only about as large as planned.
            self._told = max(self._told, min(self._planned, self._done + size * done // max(1, steps)))
            self._on_progress(self._told, self._planned, what)

        on_progress(0, 1, what)
        tickets = [example.ticket(self.name) for example in examples]
        with warnings.catch_warnings():
            # That half of the tickets have a label of their own is in the report, in words of ours.
            warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
            model = self._train(tickets, trained_on=self.today, name=self.name, on_progress=on_progress)
        self._done += size
        return model

    def tell(self, what: str) -> None:
        """Say what is done now, beside training."""
        self._on_progress(self._told, self._planned, what)

    def end(self) -> None:
        """Say that all is done."""
        self._on_progress(self._planned, self._planned, "done")

    def answers(self, examples: Sequence[Example], held: Sequence[Example], what: str) -> list[Judged]:
        """The answers to `held` of a model of `examples`; where none can be trained, the most frequent label."""
        try:
            model = self.train(examples, what)
        except DataError:
            self._done += len(examples)
            answers = [_most_frequent(examples)] * len(held)
        else:
            answers = list(_predicted(model, held))
        return [Judged(example, answer) for example, answer in zip(held, answers, strict=True)]


def _predicted(model: Model, held: Sequence[Example]) -> Iterable[CategoryLabel]:
    for start in range(0, len(held), _BATCH):
        texts = [(example.subject, example.description) for example in held[start : start + _BATCH]]
        yield from (labels[0] for labels in model.predict(texts, 1))


def _most_frequent(examples: Sequence[Example]) -> CategoryLabel:
    if not examples:
        return _UNKNOWN
    (category, subcategory), _ = min(
        Counter(example.label for example in examples).items(), key=lambda item: (-item[1], str(item[0]))
    )
    return CategoryLabel(category, 0.0, subcategory, None if subcategory is None else 0.0)


def used_folds(groups: Mapping[str, Sequence[Example]], parts: Sequence[Sequence[Example]]) -> list[Fold]:
    """As many folds as give ENOUGH_HELD_OUT tickets; small sets need all of them."""
    tickets = sum(map(len, parts))
    wanted = min(len(parts), max(1, -(-ENOUGH_HELD_OUT * len(parts) // tickets)))
    found = []
    for part in parts[:wanted]:
        held = set(part)
        rest = {print_: group for print_, group in groups.items() if group[0] not in held}
        found.append(Fold(part, rest))
    return found


class Sample(NamedTuple):
    """One model of the curve: its fold, and a part of what the fold's own model learned from."""

    fold: int
    share: int
    seed: int


def samples(found: Sequence[Fold]) -> list[Sample]:
    """The models to train for the curve, besides those of the folds."""
    size = len(found[0].rest)
    folds = found[: max(1, min(len(found), CURVE_TICKETS // max(1, size)))]
    repeats = REPEATS if size * len(folds) * REPEATS <= CURVE_TICKETS else 1
    return [
        Sample(index, share, index * REPEATS + repeat + 1)
        for share in CURVE_SHARES
        for index, fold in enumerate(folds)
        for repeat in range(repeats)
        if len(fold.rest) // share >= SMALLEST_SAMPLE
    ]


class Sampled(NamedTuple):
    """The answers of one model of the curve, and the labels of the tickets that it learned from."""

    plan: Sample
    labels: Labels
    judged: Sequence[Judged]


def sampled(trainer: Trainer, found: Sequence[Fold], planned: Sequence[Sample]) -> list[Sampled]:
    """Train the models of the curve, and ask each for the tickets of its fold."""
    answered = []
    for plan in planned:
        fold = found[plan.fold]
        part = sample(fold.groups, len(fold.rest) // plan.share, plan.seed)
        answers = trainer.answers(part, fold.held, "measuring with fewer tickets")
        answered.append(Sampled(plan, _labels(part), answers))
    return answered


def curve_points(
    found: Sequence[Fold],
    judged: Sequence[Sequence[Judged]],
    fewer: Sequence[Sampled],
    is_right: Callable[[Judged], bool],
) -> list[Point]:
    """The accuracy at each size, smallest first; the last one is that of the folds' own models.

    Args:
        found: The folds.
        judged: The answers of each fold's own model.
        fewer: The answers of the models that learned from a part of what those learned from.
        is_right: Whether an answer counts as right.
    """
    labels = _labels([*found[0].held, *found[0].rest])
    whole = _accuracy([one for part in judged for one in part], is_right)
    points = []
    for share in CURVE_SHARES:
        of_share = [one for one in fewer if one.plan.share == share]
        if of_share:
            # The same tickets, answered by models of both sizes: their difference is known better than either.
            drops = [_accuracy(judged[one.plan.fold], is_right) - _accuracy(one.judged, is_right) for one in of_share]
            accuracy = min(1.0, max(0.0, whole - sum(drops) / len(drops)))
            points.append(_point(labels, [(one.labels, found[one.plan.fold].held) for one in of_share], accuracy))
    last = _point(labels, [(_labels(fold.rest), fold.held) for fold in found], whole)
    return [*(point for point in points if point.equivalent < last.equivalent), last]


def equivalent(labels: Labels, models: Sequence[tuple[Labels, Sequence[Example]]]) -> float:
    """How many tickets, drawn at random, would teach as much as those of some models, each on what it answers.

    Of a label with three tickets, stratified folds hold one out and leave two, as many as there are without the
    held-out one: for that label nothing is missing, though the model learned from four fifths of all tickets. What
    counts is which share of the other tickets of its label a held-out ticket finds among those that were learned from.

    Args:
        labels: Of all tickets, how many there are of each.
        models: The same of the tickets that a model learned from, and the tickets that it answered.
    """
    learned = sum(of_model[one.label] for of_model, held in models for one in held)
    others = sum(labels[one.label] - 1 for _, held in models for one in held)
    sizes = [of_model.total() for of_model, _ in models]
    return (labels.total() - 1) * learned / others if learned else sum(sizes) / len(sizes)


def _labels(examples: Sequence[Example]) -> Labels:
    return Counter(example.label for example in examples)


def _point(labels: Labels, models: Sequence[tuple[Labels, Sequence[Example]]], accuracy: float) -> Point:
    tickets = round(sum(of_model.total() for of_model, _ in models) / len(models))
    answered = sum(len(held) for _, held in models)
    # One more right and one more wrong, so that no point is taken for certain.
    share = (accuracy * answered + 1) / (answered + 2)
    return Point(tickets, accuracy, sqrt(share * (1 - share) / answered), equivalent(labels, models))


def _accuracy(judged: Sequence[Judged], is_right: Callable[[Judged], bool]) -> float:
    return sum(map(is_right, judged)) / len(judged)
