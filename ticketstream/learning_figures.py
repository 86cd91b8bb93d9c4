"""The figures of the demo that learns, and the sentences in which it tells them. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from analytics.reports.figure import Figure, figure
from sandbox.crowd import Read
from sandbox.labelled import Labelled
from sandbox.people import is_right
from sandbox.right_again import LONGEST_S, RightAgain
from terminal.safe_text import printable
from ticketstream.learning_models import Round, TakenUp


class Measured(NamedTuple):
    """How right answers are, by the gold labels.

    Attributes:
        category: share with the right category.
        both: share with the right category and subcategory.
    """

    category: Figure
    both: Figure


class Calls(NamedTuple):
    """Calls of the model while its version changed.

    Attributes:
        calls: that were made.
        failed: that came to nothing.
        tried_again: of the others, those that needed more than one try.
    """

    calls: int
    failed: int
    tried_again: int


class Changes(NamedTuple):
    """The champions that the model server took up, one after the other.

    Attributes:
        promoted: by the gate.
        rolled_back: to the one before, by hand.
        again: promoted by hand.
        later: answers of the promoted model to tickets that came in afterwards.
        calls: meanwhile.
        provisional: tickets that the rules had to answer meanwhile.
    """

    promoted: TakenUp
    rolled_back: TakenUp
    again: TakenUp
    later: Measured
    calls: Calls
    provisional: int


class FirstPart(NamedTuple):
    """What came of the first tickets.

    Attributes:
        published: tickets.
        judged: of their answers, those that people judged.
        drawn: of these, those that were drawn for the audit.
        corrected: of the judged ones, those that were wrong.
        before: how right the first model was.
    """

    published: int
    judged: int
    drawn: int
    corrected: int
    before: Measured


class Learned(NamedTuple):
    """All that the demo measured.

    Attributes:
        seed: labelled tickets of the first model.
        first_version: the first model.
        audit_share: AUDIT_SHARE of this demo.
        first: the tickets that it answered.
        again: what came of texts that were corrected.
        round: of learning.
        changes: None where the gate kept the champion.
        took_s: from the first ticket to the last answer.
    """

    seed: int
    first_version: str
    audit_share: float
    first: FirstPart
    again: RightAgain
    round: Round
    changes: Changes | None
    took_s: float


def measured(read: Iterable[Read], gold: Mapping[str, Labelled]) -> Measured:
    """Compare answers with the gold labels of their tickets."""
    pairs = [(one.answer, gold[one.answer["ticket_id"]]) for one in read]
    category = sum(answer["category"] == ticket.category for answer, ticket in pairs)
    return Measured(
        figure(len(pairs), category), figure(len(pairs), sum(is_right(answer, ticket) for answer, ticket in pairs))
    )


def first_told(seed: int, version: str, share: float, default_share: float) -> Iterator[str]:
    """What the first model is."""
    yield f"1. A first model, {printable(version)}, learned from {seed:,} labelled questions: a tenth of what there is."
    yield (
        f"   AUDIT_SHARE is {share:g} in this demo, so that enough answers are judged within a minute; it is"
        f" {default_share:g} otherwise."
    )


def judged_told(found: FirstPart) -> Iterator[str]:
    """How right it was, and what people said."""
    yield (
        f"2. {found.published:,} tickets came in: {_share(found.before.category)} have the right category,"
        f" {found.before.both.share:.1%} the right subcategory too."
    )
    yield (
        f"   People judged {found.judged:,} answers: all {found.drawn:,} that were drawn for the audit, and all"
        f" {found.corrected:,} that were wrong."
    )


def again_told(again: RightAgain) -> Iterator[str]:
    """What came of the corrected texts."""
    yield f"3. Of {again.asked:,} other questions {again.wrong:,} were answered wrongly, and corrected at once."
    if again.right < again.wrong:
        yield f"   {again.wrong - again.right:,} of them were not right within {LONGEST_S:g} s."
    if again.median_s is not None and again.slowest_s is not None:
        yield (
            f"   The same text was right again for {again.right:,} of them: sent {again.median_s:.1f} s after the"
            f" correction for half of them, {again.slowest_s:.1f} s at most."
        )
        yield (
            f"   {again.suggested:,} of these answers are suggestions, for one person said so. A second person agreed"
            f" with {again.seconded:,}: {again.automatic:,} of them are automatic now."
        )


def round_told(round_: Round) -> Iterator[str]:
    """What was learned, and what the gate said."""
    recipe = round_.recipe
    yield (
        f"4. A challenger, {printable(round_.version)}, learned from {recipe['seed_rows']:,} labelled and"
        f" {recipe['judged_rows']:,} judged questions in {round_.took_s:.0f} s, measured on held-out ones too."
    )
    gate = round_.gate
    if gate is None:
        yield f"   The gate was not asked: {round_.unasked}."
    elif gate["champion"] is not None:
        against = gate["champion"]
        yield (
            f"   On {against['n']:,} audited tickets that no model learned from, {against['champion']:.1%} of the"
            f" champion's answers are right and {against['challenger']:.1%} of the challenger's:"
            f" {100 * against['difference']:+.1f} points, at least {100 * against['bound']:+.1f} with 95 % confidence."
        )
    if gate is not None and not round_.promoted:
        yield f"   The gate keeps the champion: {gate['reason']}. Judgements that are missing: {gate['missing']:,}."


def changes_told(changes: Changes) -> Iterator[str]:
    """Who answered from when on."""
    yield (
        f"5. The gate promoted it. {_told(changes.promoted)} Of {changes.calls.calls:,} calls of the model meanwhile"
        f" {changes.calls.failed:,} failed, and {changes.calls.tried_again:,} needed a second try."
    )
    yield (
        f"   Of {changes.later.category.n:,} tickets that it has answered since, {_share(changes.later.category)} have"
        f" the right category, {changes.later.both.share:.1%} the right subcategory too."
    )
    yield f"6. Rolled back by hand. {_told(changes.rolled_back)}"
    yield f"7. Promoted again by hand, since it is the better one. {_told(changes.again)}"


def as_json(found: Learned) -> dict[str, Any]:
    """All figures, for programs; shares from 0 to 1, times in seconds."""
    changes = found.changes
    return {
        **found._asdict(),
        "first": found.first._asdict() | {"before": _measured_json(found.first.before)},
        "again": found.again._asdict(),
        "round": found.round._asdict() | {"promoted": found.round.promoted},
        "changes": changes
        and {
            **{name: getattr(changes, name)._asdict() for name in ("promoted", "rolled_back", "again", "calls")},
            "later": _measured_json(changes.later),
            "provisional": changes.provisional,
        },
    }


def _measured_json(found: Measured) -> dict[str, Any]:
    return {
        "tickets": found.category.n,
        "accuracy": found.category.share,
        "accuracy_low": found.category.low,
        "accuracy_high": found.category.high,
        "accuracy_subcategory": found.both.share,
    }


def _share(found: Figure) -> str:
    return f"{found.share:.1%} ({found.low:.1%} to {found.high:.1%})"


def _told(change: TakenUp) -> str:
    return (
        f"{printable(change.version)} answered first {change.first_s:.2f} s later; the last answer of the one before"
        f" came {change.last_s:.2f} s later."
    )
