"""What is judged, and what a person says of it."""

from datetime import datetime
from typing import Final, Literal, NamedTuple, get_args

from analytics.store.persons import TYPED, person

Kind = Literal["audit", "second_opinion", "unsure", "disagreement", "new_kind", "spot_check"]
Origin = Literal["AUDIT", "AGENT"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""Why an answer is worth a judgement, in the order in which they are asked about."""

TWICE_SHARE: Final = 0.05
"""How many of the judged answers a second person is asked about."""


class ReviewTicket(NamedTuple):
    """One answer, with what a person needs to judge it.

    Attributes:
        event_id: of the answer: what a correction of it names as `judged_event_id`.
        ticket_id: of the ticket, as its publisher wrote it.
        kind: why it is asked about.
        category: what was answered.
        subcategory: the same; None for none.
        confidence: of the category, 0 to 1.
        decision: AUTO, SUGGEST or REVIEW.
        method: MODEL, CACHE, OVERRIDE or RULES.
        model: name and version of the model; None when no model answered.
        alternatives: (category, subcategory, confidence), at most three, best first.
        explanation: the codes of the answer.
        text: (subject, description), cleaned; None where no text is kept, or none may be read.
        categorized_at: when it was answered; aware, in UTC.
        channel: of the ticket; None when it is not known.
        language: of the ticket; None when it is not known.
        judged_by: who judged it before, for second opinions.
        audit_probability: with which the answer was drawn for the audit; 0 when it was not drawn.
    """

    event_id: str
    ticket_id: str
    kind: Kind
    category: str
    subcategory: str | None
    confidence: float
    decision: str
    method: str
    model: str | None
    alternatives: tuple[tuple[str, str | None, float], ...]
    explanation: tuple[str, ...]
    text: tuple[str, str] | None
    categorized_at: datetime
    channel: str | None
    language: str | None
    judged_by: tuple[str, ...] = ()
    audit_probability: float = 0.0

    @property
    def origin(self) -> Origin:
        """What a judgement of it counts as: AUDIT for an answer that was drawn at random."""
        return "AUDIT" if self.audit_probability > 0 else "AGENT"


class Judgement(NamedTuple):
    """What a person says of an answer.

    Attributes:
        ticket: the answer.
        category: what it should have been; the answer's own confirms it.
        subcategory: the same; None judges the category only.
        origin: `ticket.origin`.
        by: who says so; `typed:NAME` where the person typed the name, None where nobody is known.
    """

    ticket: ReviewTicket
    category: str
    subcategory: str | None
    origin: Origin
    by: str | None


def typed_name(name: str) -> str:
    """How a name is published that the person typed."""
    return f"{TYPED}{name}"


def is_known(name: str | None) -> bool:
    """Whether somebody else vouches for who this is. A typed name may be anybody's."""
    return person(name) is not None
