"""From probabilities of choices to the labels of the HTTP contract. Pure."""

from collections.abc import Sequence
from typing import TypedDict

from classifier.llm.types import Choice

Probabilities = Sequence[tuple[Choice, float]]


class LabelMessage(TypedDict):
    """One label of a prediction, as the contract writes it."""

    category: str
    confidence: float
    subcategory: str | None
    subcategory_confidence: float | None


def labels_of(probabilities: Probabilities, top_k: int) -> list[LabelMessage]:
    """One label per category, the best first; P(category) is the sum over its subcategories."""
    by_category: dict[str, list[tuple[Choice, float]]] = {}
    for choice, share in probabilities:
        by_category.setdefault(choice.category, []).append((choice, share))
    labels = [_label(category, members) for category, members in by_category.items()]
    return sorted(labels, key=lambda label: -label["confidence"])[:top_k]


def _label(category: str, members: Probabilities) -> LabelMessage:
    total = sum(share for _, share in members)
    choice, best = max(members, key=lambda member: member[1])
    within = min(1.0, best / total) if total > 0 else 0.0
    return LabelMessage(
        category=category,
        confidence=round(min(1.0, total), 6),
        subcategory=choice.subcategory,
        subcategory_confidence=None if choice.subcategory is None else round(within, 6),
    )
