"""How often the keywords of a taxonomy are right on labelled tickets, and the rules themselves.

A keyword is measured on the tickets of its own language, and the default on those in which the rules find nothing.
"""

import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from consumer.answer.keyword_rules import Rules
from consumer.answer.taxonomy import Keyword, Taxonomy

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
        raise ValueError(
            f"no labelled ticket contains {', '.join(unmeasured)}; remove these keywords or label such tickets"
        )
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
    return "".join(f"{line}\n" for line in _rewritten(text.splitlines(), default, keywords))


def _rewritten(lines: Sequence[str], default: Figures, keywords: dict[tuple[str, str], Figures]) -> Iterator[str]:
    section = ""
    for line in lines:
        if line.startswith("["):
            section = line.strip("[]")
        key, assigns, _ = line.partition(" = ")
        if section == "default" and key in default:
            yield f"{key} = {default[key]}"
        elif section.startswith("keywords.") and assigns and not line.startswith("#"):
            ((keyword, entry),) = tomllib.loads(line).items()
            entry |= keywords[section.removeprefix("keywords."), keyword]
            yield f"{key} = {_inline(entry)}"
        else:
            yield line


def _inline(entry: dict[str, Any]) -> str:
    return "{ " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in entry.items()) + " }"


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
