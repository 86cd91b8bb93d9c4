"""The rules of a project: their keywords, their default, and how often they are right without the model."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from classifier.model import Label
from consumer.answer.keyword_rules import Rules
from consumer.answer.taxonomy import Default, from_document
from consumer.answer.taxonomy_file import parse
from projects.accuracy.report import RulesFigures
from projects.rules.keyword_counts import Counts, counts
from projects.rules.keywords import Mined, chosen, mined
from projects.rules.taxonomy_text import taxonomy_text
from projects.tickets.labelled import Example

Parts = Sequence[Sequence[Example]]


class MinedRules(NamedTuple):
    """A taxonomy's text, its keywords, and the figures of its rules."""

    taxonomy: str
    keywords: tuple[Mined, ...]
    figures: RulesFigures


def mined_rules(parts: Parts, names: Mapping[Label, str], languages: Sequence[str], today: date) -> MinedRules:
    """Keywords and default of tickets in parts, measured on tickets that did not choose them."""
    counted = [of_language for of_language in counts(parts) if of_language.language in languages]
    keywords = [keyword for of_language in counted for keyword in mined(of_language)]
    default = _default(parts, _rules(names, languages, keywords, today))
    text = taxonomy_text(names, languages, default, keywords, today)
    return MinedRules(text, tuple(keywords), _figures(parts, counted, names, languages, today))


def _rules(names: Mapping[Label, str], languages: Sequence[str], keywords: Sequence[Mined], today: date) -> Rules:
    """Rules without a default of their own."""
    unused = Default(min(label[0] for label in names), 0.0, 1)
    text = taxonomy_text(names, languages, unused, keywords, today)
    return Rules(from_document(parse(text, "of these tickets")))


def _default(parts: Parts, rules: Rules) -> Default:
    """The most frequent category of the tickets without a keyword; of all tickets where each has one.

    How often it is right is counted part by part, for the category that is the most frequent one of the other parts.
    """
    silent = [[one for one in part if not rules.keywords(one.subject, one.description)] for part in parts]
    if not any(silent):
        silent = [list(part) for part in parts]
    categories = [Counter(example.category for example in part) for part in silent]
    whole = sum(categories, Counter[str]())
    right = sum(of_part[_top(others)] for of_part in categories if (others := whole - of_part))
    return Default(_top(whole), round(right / whole.total(), 4), whole.total())


def _top(categories: Counter[str]) -> str:
    return min(categories, key=lambda category: (-categories[category], category))


def _figures(
    parts: Parts, counted: Sequence[Counts], names: Mapping[Label, str], languages: Sequence[str], today: date
) -> RulesFigures:
    """The rules that each part's other tickets give, on that part."""
    found = right = right_found = tickets = 0
    for number, part in enumerate(parts):
        others = Counter(example.category for other, of in enumerate(parts) if other != number for example in of)
        if not others:
            continue
        rules = _rules(names, languages, [keyword for of in counted for keyword in _of_others(of, number)], today)
        for example in part:
            answer = rules.answer(example.subject, example.description, example.language)
            is_found = answer.explanation != ("rule.default",)
            is_right = (answer.category if is_found else _top(others)) == example.category
            tickets += 1
            found += is_found
            right += is_right
            right_found += is_right and is_found
    tickets = max(1, tickets)
    return RulesFigures(found / tickets, right_found / found if found else None, right / tickets)


def _of_others(counted: Counts, part: int) -> list[Mined]:
    """The keywords that all other parts choose, with the figures that they have there."""
    rows = counted.parts != part
    held = counted.held_by(rows)[0]
    keywords: dict[int, Mined] = {}
    for choice in chosen(counted, rows):
        right, n = float(held[choice.category, choice.phrase]), float(held[:, choice.phrase].sum())
        name = counted.categories[choice.category]
        keywords[choice.phrase] = Mined(
            counted.phrases[choice.phrase], counted.language, name, round(right / n, 4), round(n)
        )
    return list(keywords.values())


def keywords_by_language(keywords: Sequence[Mined]) -> Mapping[str, int]:
    """How many keywords each language has."""
    found: dict[str, int] = defaultdict(int)
    for keyword in keywords:
        found[keyword.language] += 1
    return found
