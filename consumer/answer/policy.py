"""Decides from a confidence what may be done with an answer. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.events import Decision

# Above every confidence: the automatic threshold of a category that is never automatic.
NEVER = 2.0


class Thresholds(NamedTuple):
    """The two confidences that decide.

    Attributes:
        auto: confidence from which an answer may be applied without a person.
        suggest: confidence from which an answer is suggested to a person.
    """

    auto: float
    suggest: float

    def decide(self, confidence: float, *, may_be_automatic: bool) -> Decision:
        """AUTO, SUGGEST or REVIEW; answers of the rules, provisional and uncalibrated ones are never AUTO."""
        if confidence >= self.auto and may_be_automatic:
            return "AUTO"
        return "SUGGEST" if confidence >= self.suggest else "REVIEW"


@dataclass(frozen=True, slots=True)
class Policy:
    """A set of thresholds; every event carries its version.

    Attributes:
        version: name of this set of thresholds.
        overall: thresholds of every category without its own.
        categories: thresholds of the categories that have their own.
    """

    version: str
    overall: Thresholds
    categories: Mapping[str, Thresholds] = field(default_factory=dict)

    def of(self, category: str) -> Thresholds:
        """The thresholds that hold for a category."""
        return self.categories.get(category, self.overall)


def default_policy(min_confidence: float) -> Policy:
    """The thresholds without a policy file: AUTO from the minimum confidence, SUGGEST from half of it."""
    return Policy("default", Thresholds(min_confidence, min_confidence / 2))
