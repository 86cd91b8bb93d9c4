"""What people decided for a text, from how they judged the answers to it. Pure.

This is the rule that harmed least among those that were measured (`benchmarks/overrides-results.md`): equal texts only,
contradictions retire, and somebody who turns everything into one label needs a second person.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, NamedTuple

from analytics.store.judged_fingerprints import JudgedText
from analytics.store.persons import MANY_CORRECTIONS, ONE_SIDED_SHARE, person
from consumer.answer.override_record import Override

if TYPE_CHECKING:
    from consumer.answer.override_record import State

Reason = Literal["contradicted", "one_sided", "removed", "expired", "withdrawn"]
Label = tuple[str, str | None]
# The label in use for a pair that a person gave; None where it is not known.
Translate = Callable[[str, str | None], Label | None]


class Text(NamedTuple):
    """A text that was judged.

    Attributes:
        scope: whose tickets; see `consumer.answer.override_record.scope_of`.
        fingerprint: of it.
        removed_at: what was judged until then does not count, in milliseconds since the epoch: somebody removed the
            override. None where nobody did.
    """

    scope: str
    fingerprint: str
    removed_at: int | None = None


class Trust(NamedTuple):
    """What is asked of judgements before they count.

    Attributes:
        since_ms: those made earlier do not, in milliseconds since the epoch.
        one_sided: who needs a second person, as `analytics.store.persons.person` names them.
        translate: what labels are called now.
    """

    since_ms: int
    one_sided: Collection[str | None]
    translate: Translate


def is_one_sided(corrections: Mapping[str, int]) -> bool:
    """Whether somebody with so many corrections to each label turns everything into one."""
    number = sum(corrections.values())
    return number >= MANY_CORRECTIONS and max(corrections.values()) > ONE_SIDED_SHARE * number


def changes_label(judged: JudgedText) -> bool:
    """Whether the person named another label than the answer did. Naming no subcategory leaves it open."""
    if judged.category != judged.answered_category:
        return True
    return judged.subcategory is not None and judged.subcategory != judged.answered_subcategory


def decide(text: Text, judged: Collection[JudgedText], trust: Trust) -> Override | None:
    """What follows from all judgements of the answers to one text.

    1. Of each person and ticket the newest judgement counts, unless it is too old or was made before a removal.
    2. Without a correction among them there is nothing to override. Confirmed overrides count as corrections.
    3. Two that name different labels contradict each other. A subcategory that is left out contradicts none.
    4. Two persons who agree are 2, everybody else is 1. A confirmation agrees too.
    5. Who is one-sided needs a second person with a name.

    Args:
        text: which one.
        judged: all judgements of answers to it that are stored; the order does not matter.
        trust: what is asked of them.

    Returns:
        What `ticket-overrides` is to say of the text. None when nobody ever corrected it: there is no record then.
    """
    if not any(map(corrects, judged)):
        return None
    newest = _newest(judged)
    recent = [each for each in newest if each.corrected_at_ms >= trust.since_ms]
    counting = [each for each in recent if text.removed_at is None or each.corrected_at_ms > text.removed_at]
    if not any(map(corrects, counting)):
        reason: Reason = "removed" if any(map(corrects, recent)) else _gone(newest)
        return _override(text, counting or recent or newest, 1, reason)
    if not _agree([_label(each, trust.translate) for each in counting]):
        return _override(text, counting, 1, "contradicted")
    named = {name for each in counting if (name := person(each.corrected_by)) is not None}
    if len(named) > 1:
        return _override(text, counting, 2, None)
    corrected_by = {person(each.corrected_by) for each in counting if corrects(each)}
    is_trusted = any(who not in trust.one_sided for who in corrected_by)
    return _override(text, counting, 1, None if is_trusted else "one_sided")


def corrects(judged: JudgedText) -> bool:
    """Whether there is something to override. An answer that is an override already may be right because of it."""
    return changes_label(judged) or judged.method == "OVERRIDE"


def _newest(judged: Collection[JudgedText]) -> list[JudgedText]:
    """The newest judgement of each person of each ticket, from old to new."""

    def whose(each: JudgedText) -> tuple[str, str]:
        return each.ticket_id, person(each.corrected_by) or ""

    ordered = sorted(judged, key=lambda each: (whose(each), _age(each)))
    return sorted((list(own)[-1] for _, own in groupby(ordered, whose)), key=_age)


_age = attrgetter("corrected_at_ms", "correction_id")


def _gone(newest: Sequence[JudgedText]) -> Reason:
    """Why nothing counts any more: it is too old, or the person changed their mind."""
    return "expired" if any(map(corrects, newest)) else "withdrawn"


def _label(judged: JudgedText, translate: Translate) -> Label:
    given = judged.category, judged.subcategory
    return translate(*given) or given


def _agree(labels: Sequence[Label]) -> bool:
    return len({category for category, _ in labels}) == 1 and len({part for _, part in labels if part is not None}) <= 1


def _override(text: Text, counting: Sequence[JudgedText], people: Literal[1, 2], reason: Reason | None) -> Override:
    """The newest says most of it. Who agrees and names a subcategory says more than who names none."""
    newest = counting[-1]
    says_most = newest
    if reason is None:
        says_most = next((each for each in reversed(counting) if each.subcategory is not None), newest)
    state: State = "active" if reason is None else "retired"
    return Override(
        scope=text.scope,
        fingerprint=text.fingerprint,
        category=says_most.category,
        subcategory=says_most.subcategory,
        people=people,
        state=state,
        reason=reason,
        correction_id=newest.correction_id,
        corrected_at=newest.corrected_at_ms,
    )
