"""From a confidence to what may be done with the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.events import Decision

# Above every confidence: what stands for the automatic threshold of a category that is never automatic.
NEVER = 2.0


class Thresholds(NamedTuple):
    """What two confidences decide.

    Attributes:
        auto: confidence from which an answer may be applied without a person.
        suggest: confidence from which an answer is worth suggesting to one.
    """

    auto: float
    suggest: float

    def decide(self, confidence: float, *, may_be_automatic: bool) -> Decision:
        """AUTO, SUGGEST or REVIEW; answers of the rules and provisional ones are never AUTO."""
        if confidence >= self.auto and may_be_automatic:
            return "AUTO"
        return "SUGGEST" if confidence >= self.suggest else "REVIEW"


@dataclass(frozen=True, slots=True)
class Policy:
    """Thresholds, stamped on every event with their version.

    Attributes:
        version: name of this set of thresholds.
        overall: for every category without its own.
        categories: the categories that have their own.
    """

    version: str
    overall: Thresholds
    categories: Mapping[str, Thresholds] = field(default_factory=dict)

    def of(self, category: str) -> Thresholds:
        """The thresholds that hold for a category."""
        return self.categories.get(category, self.overall)


def default_policy(min_confidence: float) -> Policy:
    """The thresholds that hold without a policy file: the minimum confidence, and half of it."""
    return Policy("default", Thresholds(min_confidence, min_confidence / 2))
