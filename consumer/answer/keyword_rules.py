"""The rules: the category that a ticket's keywords point at, and how far that can be trusted.

A decision list (Rivest, "Learning Decision Lists", Machine Learning 2, 1987): of all keywords found, the most
trustworthy one decides. On the shipped tickets that is as accurate as adding up the evidence of all keywords, and a
single keyword can be shown as the explanation.
"""

from collections import defaultdict
from collections.abc import Iterable
from math import sqrt
from typing import NamedTuple

from msgspec.structs import replace

from consumer.answer.taxonomy import Keyword, Taxonomy
from consumer.answer.words import words
from consumer.model.types import Label

MAX_ALTERNATIVES = 3


class RulesAnswer(NamedTuple):
    """The answer of the rules; there always is one.

    Attributes:
        confidence: a lower bound of how often the deciding keyword is right, 0 to 1.
        subcategory_confidence: the same for the subcategory, given the category.
        alternatives: other categories whose keywords were found, best first, at most 3. Their confidences and
            `confidence` add up to 1 at most.
        explanation: `rule.keyword:<keyword>`, the deciding one first, or `rule.default`.
    """

    category: str
    subcategory: str | None
    confidence: float
    subcategory_confidence: float | None
    alternatives: tuple[Label, ...]
    explanation: tuple[str, ...]


class _Rule(NamedTuple):
    """A keyword ready to match; ordered by trust, then by its words, so that equal tickets get equal answers."""

    confidence: float
    subcategory_confidence: float
    phrase: tuple[str, ...]
    keyword: Keyword


def lower_bound(share: float, n: int, z: float = 1.645) -> float:
    """The lower bound, at 95 % confidence, of the true share when `share` of `n` were right.

    The one-sided score interval (Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22, 1927): 1 of 1 right is worth 0.27, 11 of 11 0.80, 110 of 110 0.98.
    """
    if n == 0:
        return 0.0
    spread = z * sqrt(share * (1 - share) / n + (z / n / 2) ** 2)
    return max(0.0, (share + z * z / n / 2 - spread) / (1 + z * z / n))


class Rules:
    """The keywords of one taxonomy, indexed for look-up."""

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
            subject: searched separately from the description; no phrase spans both.
            description: the ticket's text.
            language: BCP 47. If any of its keywords is found, only those count. Otherwise the language with the most
                keywords counts.
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
        """Every keyword found in a ticket, in any language."""
        return {rule.keyword for rule in self._matches(subject, description)}

    def _found(self, subject: str, description: str, language: str | None) -> Iterable[_Rule]:
        by_language: dict[str, set[_Rule]] = defaultdict(set)
        for rule in self._matches(subject, description):
            by_language[rule.keyword.language].add(rule)
        stated = (language or "").partition("-")[0].lower()
        if stated in by_language:
            return by_language[stated]
        # Of languages with equally many keywords, the one whose best keyword is trusted least.
        return max(by_language.values(), key=lambda rules: (len(rules), -max(rules).confidence), default=())

    def _matches(self, subject: str, description: str) -> Iterable[_Rule]:
        lengths, by_phrase = self._lengths, self._by_phrase
        for text in (subject, description):
            found = words(text)
            for index, word in enumerate(found):
                for length in lengths.get(word, ()):
                    yield from by_phrase.get(tuple(found[index : index + length]), ())


def _rule(keyword: Keyword) -> _Rule:
    right = round(keyword.precision * keyword.n)
    return _Rule(
        confidence=lower_bound(keyword.precision, keyword.n),
        subcategory_confidence=lower_bound(keyword.subcategory_precision or 0.0, right),
        phrase=tuple(words(keyword.text)),
        keyword=keyword,
    )


def _label(rules: list[_Rule]) -> tuple[Label, list[_Rule]]:
    """The label that the rules of one category give, best rule first, and which rules decided it."""
    best = rules[0]
    of_subcategory = [rule for rule in rules if rule.keyword.subcategory is not None]
    if not of_subcategory:
        return Label(best.keyword.category, best.confidence), [best]
    finer = max(of_subcategory, key=lambda rule: rule.subcategory_confidence)
    keyword = finer.keyword
    label = Label(keyword.category, best.confidence, keyword.subcategory, finer.subcategory_confidence)
    return label, [best] if finer is best else [best, finer]


def _alternatives(taken: float, categories: list[list[_Rule]]) -> tuple[Label, ...]:
    """The other categories; their confidences are scaled down together where they would pass what is left of 1."""
    labels = [_label(rules)[0] for rules in categories[:MAX_ALTERNATIVES]]
    claimed = sum(label.confidence for label in labels)
    scale = min(1.0, (1.0 - taken) / claimed) if claimed else 1.0
    return tuple(replace(label, confidence=label.confidence * scale) for label in labels)
