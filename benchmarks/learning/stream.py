"""Who judges which ticket of a stream, and how: seeded and pure."""

import random
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from classifier.model import Label

SEED_SHARE = 0.1
TICKET_EVERY_S = 60


class Kind(StrEnum):
    """Why somebody judged."""

    correction = "correction"
    confirmation = "confirmation"
    audit = "audit"


class Judgement(NamedTuple):
    """What one person said of one answer.

    Attributes:
        ticket: The ticket's place in its set.
        label: What the person says is right.
        by: The person; None where no name is known.
        at_s: Seconds since the stream began.
    """

    ticket: int
    label: Label
    by: str | None
    kind: Kind
    at_s: int


class Habits(NamedTuple):
    """How often people judge.

    Attributes:
        corrected: Share of wrong answers that somebody corrects.
        confirmed: Share of right answers that somebody confirms.
        audited: Share of all answers that is drawn for the audit and judged.
        mistaken: Share of those who would correct a wrong answer that confirms it instead.
        people: How many judge.
        nameless: Share of judgements without a name.
    """

    corrected: float = 0.3
    confirmed: float = 0.1
    audited: float = 0.05
    mistaken: float = 0.0
    people: int = 12
    nameless: float = 0.1


class Turner(NamedTuple):
    """One person who turns tickets to one label.

    Attributes:
        label: The label.
        touched: Share of all tickets that this person judges, whatever others would have done.
        turned: Share of those that gets the label; the others get their true one.
        by: The person's name.
    """

    label: Label
    touched: float = 0.06
    turned: float = 1.0
    by: str = "turner"


HABITS = Habits()


class Stream(NamedTuple):
    """The order of a set's tickets: those labelled before the service starts, and those that arrive."""

    seed: int
    labelled: list[int]
    arriving: list[int]


def stream(tickets: int, seed: int) -> Stream:
    """A tenth of the tickets is labelled; the others arrive in random order."""
    order = list(range(tickets))
    random.Random(f"order {seed}").shuffle(order)
    labelled = max(2, round(SEED_SHARE * tickets))
    return Stream(seed, order[:labelled], order[labelled:])


class Answered(NamedTuple):
    """A ticket's place in its set, the label that the champion gave, and the true one."""

    ticket: int
    answer: Label
    truth: Label


def judged(
    answered: Iterable[Answered],
    seed: int,
    *,
    habits: Habits = HABITS,
    turner: Turner | None = None,
    begins_s: int = 0,
) -> list[Judgement]:
    """What people say of the answers, in the order of the tickets.

    Chance depends on seed and ticket alone: with a turner, the others judge the same tickets as without.
    """
    found = []
    for place, one in enumerate(answered):
        chance = random.Random(f"{seed} {one.ticket}")
        judgement = _judgement(one, chance, habits, turner)
        if judgement:
            label, by, kind = judgement
            found.append(Judgement(one.ticket, label, by, kind, begins_s + TICKET_EVERY_S * place))
    return found


def drawn_label(labels: Sequence[Label], seed: int) -> Label:
    """The label to which a stream's turner turns."""
    return random.Random(f"label {seed}").choice(sorted(set(labels), key=str))


def _judgement(
    one: Answered, chance: random.Random, habits: Habits, turner: Turner | None
) -> tuple[Label, str | None, Kind] | None:
    is_audit = chance.random() < habits.audited
    acts, touches, turns, mistakes = (chance.random() for _ in range(4))
    somebody = None if chance.random() < habits.nameless else f"person {chance.randrange(habits.people)}"
    if turner and touches < turner.touched:
        label = turner.label if turns < turner.turned else one.truth
        return label, turner.by, _kind(is_audit=is_audit, agrees=label == one.answer)
    agrees = one.answer == one.truth
    if is_audit:
        return one.truth, somebody, Kind.audit
    if agrees:
        return (one.truth, somebody, Kind.confirmation) if acts < habits.confirmed else None
    if acts >= habits.corrected:
        return None
    if mistakes < habits.mistaken:
        return one.answer, somebody, Kind.confirmation
    return one.truth, somebody, Kind.correction


def _kind(*, is_audit: bool, agrees: bool) -> Kind:
    if is_audit:
        return Kind.audit
    return Kind.confirmation if agrees else Kind.correction
