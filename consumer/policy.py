"""From a confidence to what may be done with the answer."""

from dataclasses import dataclass

from schemas.events import Decision


@dataclass(frozen=True, slots=True)
class Policy:
    """Thresholds, stamped on every event by their version.

    Attributes:
        version: name of this set of thresholds.
        auto: confidence from which an answer may be applied without a person.
        suggest: confidence from which an answer is worth suggesting to one.
    """

    version: str
    auto: float
    suggest: float

    def decide(self, confidence: float, *, may_be_automatic: bool) -> Decision:
        """AUTO, SUGGEST or REVIEW; answers of the rules and provisional ones are never AUTO."""
        if confidence >= self.auto and may_be_automatic:
            return "AUTO"
        return "SUGGEST" if confidence >= self.suggest else "REVIEW"


def default_policy(min_confidence: float) -> Policy:
    """The thresholds that hold without a policy file: the minimum confidence, and half of it."""
    return Policy("default", min_confidence, min_confidence / 2)
