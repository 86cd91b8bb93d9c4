"""Whose word counts: people who contradict each other, and people who turn everything to one label. Pure.

All judgements here have labels of today.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from analytics.store.persons import MANY_CORRECTIONS, ONE_SIDED_SHARE, person
from learning.judged_tickets import JudgedTicket


class Contradiction(NamedTuple):
    """A text for which people gave different labels.

    Attributes:
        event_ids: of the judged answers.
        labels: what they gave, as `category` or `category/subcategory`.
        people: who; empty for somebody who is not known.
    """

    event_ids: tuple[str, ...]
    labels: tuple[str, ...]
    people: tuple[str, ...]


class OneSided(NamedTuple):
    """A person who turns everything to one label.

    Attributes:
        by: who; None stands for everybody who is not known.
        label: to which most of the corrections are, as `category` or `category/subcategory`.
        to_label: how many corrections are to it, of `corrections`.
        left_out: how many judgements of the person do not count, for no second person agrees.
    """

    by: str | None
    label: str
    to_label: int
    corrections: int
    left_out: int


def one_sided(said: Iterable[JudgedTicket]) -> tuple[OneSided, ...]:
    """Who has made MANY_CORRECTIONS or more, over ONE_SIDED_SHARE of them to one label.

    The category alone would not do: the people of one team correct its tickets to that team's category, each to its own
    subcategory. On streams of three sets, that left out 38 % to 47 % of what such teams said
    (`benchmarks/learning-results.md`).
    """
    labels: dict[str | None, Counter[str]] = defaultdict(Counter)
    for one in said:
        if one.is_correction:
            labels[one.by][path_of(one.category, one.subcategory)] += 1
    found = []
    for by, counts in labels.items():
        label, most = min(counts.items(), key=lambda item: (-item[1], item[0]))
        if counts.total() >= MANY_CORRECTIONS and most > ONE_SIDED_SHARE * counts.total():
            found.append(OneSided(by, label, most, counts.total(), 0))
    return tuple(sorted(found, key=lambda one: (one.by is None, one.by or "")))


def is_known(by: str | None) -> bool:
    """Whether it is certain who this is: neither missing nor typed by the person."""
    return person(by) is not None


def path_of(category: str, subcategory: str | None) -> str:
    """A label in one word: `category` or `category/subcategory`."""
    return category if subcategory is None else f"{category}/{subcategory}"


def seconded(
    said: Sequence[JudgedTicket], suspects: Collection[str | None]
) -> tuple[list[JudgedTicket], Counter[str | None]]:
    """What counts, and how much of each suspect does not: that with which no other known person agrees."""
    others: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    for one in said:
        if is_known(one.by) and one.by not in suspects:
            others[one.text_id, one.category].add(one.by)
    counted, left = [], Counter[str | None]()
    for one in said:
        if one.by in suspects and not others[one.text_id, one.category]:
            left[one.by] += 1
        else:
            counted.append(one)
    return counted, left


def agreed(said: Iterable[JudgedTicket]) -> tuple[tuple[Contradiction, ...], list[list[JudgedTicket]]]:
    """The texts for which people gave different labels, and the judgements of each of the others, the newest last."""
    texts: dict[str, list[JudgedTicket]] = defaultdict(list)
    for one in said:
        texts[one.text_id].append(one)
    contradictions, fitting = [], []
    for _, of_text in sorted(texts.items()):
        last = _last_of_each(of_text)
        labels = sorted({path_of(one.category, one.subcategory) for one in last})
        if _fit_together(last):
            fitting.append(last)
        else:
            ids = tuple(sorted({one.event_id for one in last}))
            people = tuple(sorted({one.by or "" for one in last}))
            contradictions.append(Contradiction(ids, tuple(labels), people))
    return tuple(sorted(contradictions)), fitting


def _last_of_each(of_text: Sequence[JudgedTicket]) -> list[JudgedTicket]:
    """What each person said last, the newest at the end. Of people who are not known, all: they may be several."""
    ordered = sorted(of_text, key=lambda one: (one.corrected_at, one.correction_id))
    last = {one.by or one.event_id: one for one in ordered}
    return [one for one in ordered if last[one.by or one.event_id] is one]


def _fit_together(said: Sequence[JudgedTicket]) -> bool:
    """Whether the labels can all be right: one category, and one subcategory among those who named one."""
    return len({one.category for one in said}) == 1 and len({one.subcategory for one in said} - {None}) <= 1
