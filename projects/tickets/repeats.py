"""Tickets that are there several times, with one label or with several."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from consumer.answer.fingerprint import fingerprint
from projects.tickets.labelled import Example
from tickets.text.cleaning import clean


class Repeats(NamedTuple):
    """What is there more than once. Texts are equal when they differ only in case, accents, numbers and addresses.

    Attributes:
        duplicates: Tickets beyond the first of the same text and label.
        duplicated: The tickets of each such text, the most frequent first.
        contradictions: The tickets of texts that have several labels.
        contradicted: The tickets of each such text, the most frequent first.
    """

    duplicates: int
    duplicated: tuple[tuple[Example, ...], ...]
    contradictions: int
    contradicted: tuple[tuple[Example, ...], ...]


def fingerprints(examples: Sequence[Example]) -> list[str]:
    """For each ticket what is equal for tickets of the same text."""
    cleaned = (clean(example.subject, example.description) for example in examples)
    return [fingerprint(text.subject, text.description, None) for text in cleaned]


def grouped(examples: Sequence[Example], prints: Sequence[str]) -> dict[str, list[Example]]:
    """The tickets of each text."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example, found in zip(examples, prints, strict=True):
        groups[found].append(example)
    return groups


def repeats(groups: Mapping[str, Sequence[Example]]) -> Repeats:
    """What is there more than once, of tickets by their fingerprints."""
    duplicated, contradicted = [], []
    for group in groups.values():
        by_label: dict[object, list[Example]] = defaultdict(list)
        for example in group:
            by_label[example.label].append(example)
        duplicated += [tuple(equal) for equal in by_label.values() if equal[1:]]
        if len(by_label) > 1:
            contradicted.append(tuple(group))
    return Repeats(
        duplicates=sum(len(equal) - 1 for equal in duplicated),
        duplicated=tuple(sorted(duplicated, key=lambda equal: (-len(equal), equal[0].line))),
        contradictions=sum(map(len, contradicted)),
        contradicted=tuple(sorted(contradicted, key=lambda group: (-len(group), group[0].line))),
    )
