"""The rules: what a ticket's keywords say, and how far that can be trusted.

A decision list (Rivest, "Learning Decision Lists", Machine Learning 2, 1987): of all keywords found, the most
trustworthy decides. On the shipped tickets that is as accurate as adding the keywords' evidence up, and one keyword
can be explained.
"""

from __future__ import annotations

from collections import defaultdict
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from consumer.answer.words import words
from consumer.model.types import Label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consumer.answer.taxonomy import Keyword, Taxonomy

MAX_ALTERNATIVES = 3


class RulesAnswer(NamedTuple):
    """What the rules say; there is always an answer.

    Attributes:
        confidence: a lower bound of how often the deciding keyword is right, 0 to 1.
        subcategory_confidence: the same for the subcategory, given the category.
        alternatives: other categories whose keywords were found, best first, at most 3. Together they have at most
            what the best leaves of 1.
        explanation: `rule.keyword:<keyword>`, the deciding one first, or `rule.default`.
    """

    category: str
    subcategory: str | None
    confidence: float
    subcategory_confidence: float | None
    alternatives: tuple[Label, ...]
    explanation: tuple[str, ...]


class _Rule(NamedTuple):
    """A keyword as it is matched; ordered by trust, ties by the words, so that equal tickets get equal answers."""

    confidence: float
    subcategory_confidence: float
    phrase: tuple[str, ...]
    keyword: Keyword


def lower_bound(share: float, n: int, z: float = 1.645) -> float:
    """The share that is exceeded with 95 % confidence when `share` of `n` were right.

    The one-sided score interval (Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22, 1927): 1 of 1 right is worth 0.27, 11 of 11 0.80, 110 of 110 0.98.
    """
    if n == 0:
        return 0.0
    spread = z * sqrt(share * (1 - share) / n + (z / n / 2) ** 2)
    return max(0.0, (share + z * z / n / 2 - spread) / (1 + z * z / n))


class Rules:
    """The keywords of one taxonomy, ready to be looked up."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        """Indexes the taxonomy's keywords."""
        by_phrase: dict[tuple[str, ...], list[_Rule]] = defaultdict(list)
        lengths: dict[str, set[int]] = defaultdict(set)
        for rule in map(_rule, taxonomy.keywords):
            by_phrase[rule.phrase].append(rule)
            lengths[rule.phrase[0]].add(len(rule.phrase))
        self._by_phrase = dict(by_phrase)
        self._lengths = {word: sorted(of_word) for word, of_word in lengths.items()}
        default = taxonomy.default
        self._default = RulesAnswer(
            category=default.category,
            subcategory=None,
            confidence=lower_bound(default.precision, default.n),
            subcategory_confidence=None,
            alternatives=(),
            explanation=("rule.default",),
        )

    def answer(self, subject: str, description: str, language: str | None = None) -> RulesAnswer:
        """The category of the most trustworthy keyword, or the default's when there is no keyword.

        Args:
            subject: searched apart from the description; no phrase runs from one into the other.
            description: the ticket's text.
            language: BCP 47. Its keywords count if any was found; else those of the language with the most.
        """
        ranked = sorted(self._found(subject, description, language), reverse=True)
        if not ranked:
            return self._default
        by_category: dict[str, list[_Rule]] = defaultdict(list)
        for rule in ranked:
            by_category[rule.keyword.category].append(rule)
        best, *others = by_category.values()
        label, deciding = _label(best)
        return RulesAnswer(
            category=label.category,
            subcategory=label.subcategory,
            confidence=label.confidence,
            subcategory_confidence=label.subcategory_confidence,
            alternatives=_alternatives(label.confidence, others),
            explanation=tuple(f"rule.keyword:{rule.keyword.text}" for rule in deciding),
        )

    def keywords(self, subject: str, description: str) -> set[Keyword]:
        """Every keyword in a ticket, of every language."""
        return {rule.keyword for rule in self._matches(subject, description)}

    def _found(self, subject: str, description: str, language: str | None) -> Iterable[_Rule]:
        by_language: dict[str, set[_Rule]] = defaultdict(set)
        for rule in self._matches(subject, description):
            by_language[rule.keyword.language].add(rule)
        stated = (language or "").partition("-")[0].lower()
        if stated in by_language:
            return by_language[stated]
        # Between languages with equally many, the more cautious.
        return max(by_language.values(), key=lambda rules: (len(rules), -max(rules).confidence), default=())

    def _matches(self, subject: str, description: str) -> Iterable[_Rule]:
        lengths, by_phrase = self._lengths, self._by_phrase
        for text in (subject, description):
            spoken = words(text)
            for place, word in enumerate(spoken):
                for length in lengths.get(word, ()):
                    yield from by_phrase.get(tuple(spoken[place : place + length]), ())


def _rule(keyword: Keyword) -> _Rule:
    right = round(keyword.precision * keyword.n)
    return _Rule(
        confidence=lower_bound(keyword.precision, keyword.n),
        subcategory_confidence=lower_bound(keyword.subcategory_precision or 0.0, right),
        phrase=tuple(words(keyword.text)),
        keyword=keyword,
    )


def _label(rules: list[_Rule]) -> tuple[Label, list[_Rule]]:
    """What the rules of one category say, best first, and which of them decided."""
    decides = rules[0]
    of_subcategory = [rule for rule in rules if rule.keyword.subcategory is not None]
    if not of_subcategory:
        return Label(decides.keyword.category, decides.confidence), [decides]
    finer = max(of_subcategory, key=lambda rule: rule.subcategory_confidence)
    keyword = finer.keyword
    label = Label(keyword.category, decides.confidence, keyword.subcategory, finer.subcategory_confidence)
    return label, [decides] if finer is decides else [decides, finer]


def _alternatives(taken: float, categories: list[list[_Rule]]) -> tuple[Label, ...]:
    """The other categories, scaled down together where they claim more than is left."""
    labels = [_label(rules)[0] for rules in categories[:MAX_ALTERNATIVES]]
    claimed = sum(label.confidence for label in labels)
    scale = min(1.0, (1.0 - taken) / claimed) if claimed else 1.0
    return tuple(replace(label, confidence=label.confidence * scale) for label in labels)
