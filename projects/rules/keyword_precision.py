"""How often the keywords of a taxonomy are right on labelled tickets, and the rules themselves.

A keyword is measured on the tickets of its own language, and the default on those in which the rules find nothing.
"""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from consumer.answer.keyword_rules import Rules
from consumer.answer.taxonomy import Keyword, Taxonomy, from_document
from consumer.answer.taxonomy_file import parse
from projects.files import toml_edit

Figures = dict[str, float | int]


class Ticket(NamedTuple):
    """A labelled ticket."""

    language: str
    subject: str
    description: str
    category: str
    subcategory: str
    split: str


class Report(NamedTuple):
    """The quality of the rules on some tickets; shares are of all tickets, except those on hits."""

    tickets: int
    accuracy: float
    accuracy_subcategory: float
    coverage: float
    precision_on_hit: float
    mean_confidence_on_hit: float
    bins: tuple[tuple[float, int, float], ...]


def measure(taxonomy: Taxonomy, tickets: Iterable[Ticket]) -> tuple[Figures, dict[tuple[str, str], Figures]]:
    """The figures of the default, and of every keyword by language and text.

    Raises:
        ValueError: No ticket contains some keywords, which the message names; they cannot be measured and do not belong
            in the file.
    """
    rules = Rules(taxonomy)
    held: dict[Keyword, Counter[tuple[str, str]]] = defaultdict(Counter)
    silent = Counter[str]()
    for ticket in tickets:
        found = rules.keywords(ticket.subject, ticket.description)
        if not found:
            silent[ticket.category] += 1
        for keyword in found:
            if keyword.language == ticket.language:
                held[keyword][ticket.category, ticket.subcategory] += 1
    if unmeasured := [f"{k.language}.{k.text}" for k in taxonomy.keywords if k not in held]:
        raise _unmeasurable(unmeasured)
    default = {"precision": _share(silent[taxonomy.default.category], silent.total()), "n": silent.total()}
    return default, {(keyword.language, keyword.text): _figures(keyword, labels) for keyword, labels in held.items()}


def _figures(keyword: Keyword, labels: Counter[tuple[str, str]]) -> Figures:
    right = sum(times for (category, _), times in labels.items() if category == keyword.category)
    figures: Figures = {"precision": _share(right, labels.total()), "n": labels.total()}
    if keyword.subcategory is not None:
        figures["subcategory_precision"] = _share(labels[keyword.category, keyword.subcategory], right)
    return figures


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def rewrite(text: str, default: Figures, keywords: dict[tuple[str, str], Figures]) -> str:
    """The taxonomy's text with these figures; everything else is unchanged."""
    taxonomy = tomllib.loads(text)
    taxonomy["default"] |= default
    for (language, keyword), figures in keywords.items():
        taxonomy["keywords"][language][keyword] |= figures
    return toml_edit.changed(text, taxonomy)


class Measured(NamedTuple):
    """A taxonomy's text with new figures, and the keywords that no ticket contains: their figures are the old ones."""

    text: str
    unmeasured: tuple[str, ...]


def measured(text: str, where: str, tickets: Sequence[Ticket]) -> Measured:
    """Measure the keywords of a taxonomy's text; they may have had no figures before.

    Args:
        text: the file's content.
        where: the name of the file, for messages.
        tickets: labelled with labels in use.

    Raises:
        InvalidTaxonomy: the file cannot be used, whatever its figures.
        ValueError: no ticket contains a keyword that has no figures yet.
    """
    draft = with_figures(text)
    taxonomy = from_document(parse(draft, where))
    rules = Rules(taxonomy)
    held = {
        keyword
        for ticket in tickets
        for keyword in rules.keywords(ticket.subject, ticket.description)
        if keyword.language == ticket.language
    }
    unmeasured = tuple(f"{one.language}.{one.text}" for one in taxonomy.keywords if one not in held)
    without = [name for name in unmeasured if name in _without_figures(text)]
    if without:
        raise _unmeasurable(without)
    kept = replace(taxonomy, keywords=tuple(one for one in taxonomy.keywords if one in held))
    default, keywords = measure(kept, tickets)
    return Measured(rewrite(draft, default if default["n"] else {}, keywords), unmeasured)


def _without_figures(text: str) -> set[str]:
    return {
        f"{language}.{keyword}"
        for language, keywords in tomllib.loads(text).get("keywords", {}).items()
        for keyword, entry in keywords.items()
        if "precision" not in entry or "n" not in entry
    }


def _unmeasurable(names: Sequence[str]) -> ValueError:
    return ValueError(f"no labelled ticket contains {', '.join(names)}; remove these keywords or label such tickets")


def with_figures(text: str) -> str:
    """The text in which keywords, and the default, have some figures where they had none."""
    try:
        taxonomy = tomllib.loads(text)
        tables = [entry for entries in taxonomy.get("keywords", {}).values() for entry in entries.values()]
        for table in [*tables, taxonomy["default"]]:
            if "subcategory" in table:
                table.setdefault("subcategory_precision", 0.0)
            table.setdefault("precision", 0.0)
            table.setdefault("n", 1)
        return toml_edit.changed(text, taxonomy)
    except (ValueError, RecursionError, KeyError, AttributeError, TypeError):
        # What is wrong with it is found when it is read as a taxonomy.
        return text


def report(rules: Rules, tickets: Sequence[Ticket]) -> Report:
    """How often the rules are right, and whether their confidence is calibrated."""
    hits = right_hits = right = right_subcategory = 0
    confidence = 0.0
    bins: dict[int, list[bool]] = defaultdict(list)
    for ticket in tickets:
        answer = rules.answer(ticket.subject, ticket.description, ticket.language)
        is_right = answer.category == ticket.category
        right += is_right
        right_subcategory += is_right and answer.subcategory == ticket.subcategory
        if answer.explanation != ("rule.default",):
            hits += 1
            right_hits += is_right
            confidence += answer.confidence
        bins[min(9, int(answer.confidence * 10))].append(is_right)
    return Report(
        tickets=len(tickets),
        accuracy=_share(right, len(tickets)),
        accuracy_subcategory=_share(right_subcategory, len(tickets)),
        coverage=_share(hits, len(tickets)),
        precision_on_hit=_share(right_hits, hits),
        mean_confidence_on_hit=round(confidence / max(1, hits), 4),
        bins=tuple((lower / 10, len(group), _share(sum(group), len(group))) for lower, group in sorted(bins.items())),
    )
