"""The answer of `SupportAutoCategorizer` to one ticket."""

from dataclasses import dataclass

from consumer.model.types import Label
from schemas.events import Decision, Method, ModelOutcome


@dataclass(frozen=True, slots=True)
class Categorization:
    """An answer; its fields have the meaning of the service's events.

    Attributes:
        ticket_id: Of the ticket.
        category: A label of the taxonomy.
        subcategory: A label within the category, if there is one.
        confidence: P(category), 0 to 1.
        subcategory_confidence: P(subcategory given the category), if known.
        decision: AUTO (apply it), SUGGEST (suggest it to a person) or REVIEW (a person decides). Answers of the rules
            are never AUTO.
        method: MODEL, CACHE (the model's answer to a similar text) or RULES.
        provisional: True when the rules answered because the model could not be asked: ask again later.
        alternatives: Other categories that were considered, best first, at most 3.
        explanation: Codes with arguments, such as `rule.keyword:refund`; never the ticket's own words.
        model: Name and version of the model that answered.
        model_outcome: The result of asking the model: answered, not_asked, or why there was no answer.
        taxonomy: Version of the labels and keywords.
        policy: Version of the thresholds that made `decision`.
    """

    ticket_id: str
    category: str
    subcategory: str | None
    confidence: float
    subcategory_confidence: float | None
    decision: Decision
    method: Method
    provisional: bool
    alternatives: tuple[Label, ...]
    explanation: tuple[str, ...]
    model: str | None
    model_outcome: ModelOutcome
    taxonomy: str
    policy: str
