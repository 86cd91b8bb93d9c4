"""The rule of overrides: what holds for every history of judgements, and each of its sentences."""

from collections.abc import Sequence
from itertools import cycle
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.store.judged_fingerprints import JudgedText
from analytics.store.persons import person
from consumer.answer.override_record import Override
from consumer.sink.override_rule import Text, Trust, changes_label, decide, is_one_sided

TEXT = Text("tickets", "v2:" + "a" * 32)
NOW = 1_000_000
TRUST = Trust(0, frozenset(), lambda category, subcategory: (category, subcategory))
CATEGORIES = ["billing", "account", "cards"]


def said(
    category: str,
    by: str | None = "ana",
    *,
    ticket: str = "T-1",
    at: int = NOW,
    subcategory: str | None = None,
    answered: str = "other",
    method: str = "MODEL",
) -> JudgedText:
    """One judgement; of one person and ticket the time tells them apart."""
    return JudgedText(
        TEXT.fingerprint, ticket, f"{ticket}-{by}-{at}", by, at, category, subcategory, answered, None, method
    )


JUDGEMENTS = st.lists(
    st.builds(
        said,
        st.sampled_from(CATEGORIES),
        st.sampled_from([None, "", "ana", "Ana ", "ben", "typed:ben", "Typed:cy", "dora"]),
        ticket=st.sampled_from(["T-1", "T-2", "T-3"]),
        at=st.integers(NOW, NOW + 20),
        subcategory=st.sampled_from([None, "one", "two"]),
        answered=st.sampled_from(CATEGORIES),
        method=st.sampled_from(["MODEL", "CACHE", "OVERRIDE", "RULES"]),
    ),
    max_size=7,
    unique_by=lambda one: one.correction_id,
)
TRUSTS = st.builds(
    Trust,
    st.integers(NOW - 1, NOW + 21),
    st.frozensets(st.sampled_from([None, "ana", "ben"])),
    st.just(TRUST.translate),
)
TEXTS = st.builds(Text, st.just("tickets"), st.just(TEXT.fingerprint), st.none() | st.integers(NOW - 1, NOW + 21))


def shown(override: Override | None) -> tuple[str | None, str, int] | str | None:
    """What most tests look at."""
    if override is None:
        return None
    return (override.category, override.state, override.people) if override.is_active else override.reason


@given(JUDGEMENTS, TEXTS, TRUSTS, st.randoms(use_true_random=False))
def test_the_order_of_judgements_does_not_matter(
    judged: Sequence[JudgedText], text: Text, trust: Trust, random_: Random
) -> None:
    shuffled = [*judged]
    random_.shuffle(shuffled)

    assert decide(text, judged, trust) == decide(text, shuffled, trust)


@given(JUDGEMENTS, TEXTS, TRUSTS)
def test_an_active_override_is_what_all_that_counts_says(
    judged: Sequence[JudgedText], text: Text, trust: Trust
) -> None:
    """Written as plain loops: the newest of each person and ticket, all of one category, one of them a change."""
    override = decide(text, judged, trust)
    counting = [
        one
        for one in judged
        if one.corrected_at_ms >= trust.since_ms
        and one.corrected_at_ms > (text.removed_at or 0)
        and not any(
            other.ticket_id == one.ticket_id
            and person(other.corrected_by) == person(one.corrected_by)
            and (other.corrected_at_ms, other.correction_id) > (one.corrected_at_ms, one.correction_id)
            for other in judged
        )
    ]
    names = {person(one.corrected_by) for one in counting} - {None}

    if override is not None and override.is_active:
        assert {one.category for one in counting} == {override.category}
        assert len({one.subcategory for one in counting} - {None}) <= 1
        assert any(changes_label(one) or one.method == "OVERRIDE" for one in counting)
        assert override.people == (2 if len(names) > 1 else 1)
        assert override.corrected_at == max(one.corrected_at_ms for one in counting)
        assert override.reason is None
    else:
        assert override is None or override.reason is not None


@given(JUDGEMENTS, TRUSTS)
def test_after_a_removal_what_was_judged_before_makes_none(judged: Sequence[JudgedText], trust: Trust) -> None:
    override = decide(TEXT._replace(removed_at=NOW + 20), judged, trust)

    assert override is None or not override.is_active


@given(JUDGEMENTS)
def test_somebody_without_a_name_is_never_a_second_person(judged: Sequence[JudgedText]) -> None:
    nameless = [each._replace(corrected_by=by) for each, by in zip(judged, cycle([None, "typed:x", ""]), strict=False)]
    override = decide(TEXT, [said("billing"), *nameless], TRUST)

    assert override is not None
    assert override.people == 1


def test_one_person_makes_an_override_and_a_second_one_seconds_it() -> None:
    first = said("billing", "ana", subcategory="refund")

    assert shown(decide(TEXT, [first], TRUST)) == ("billing", "active", 1)
    assert shown(decide(TEXT, [first, said("billing", "ana", ticket="T-2")], TRUST)) == ("billing", "active", 1)
    second = decide(TEXT, [first, said("billing", "ben", ticket="T-2", at=NOW + 1)], TRUST)
    assert second == Override(
        scope="tickets", fingerprint=TEXT.fingerprint, category="billing", subcategory="refund", people=2,
        state="active", reason=None, correction_id=f"T-2-ben-{NOW + 1}", corrected_at=NOW + 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        said("account", "ben", ticket="T-2"),
        said("account", "ana", ticket="T-2"),
        said("account", None),
        said("other", "ben", ticket="T-2"),
        said("billing", "ben", subcategory="invoice"),
    ],
    ids=["another", "same-person-other-ticket", "nameless", "confirmation", "subcategory"],
)
def test_a_contradiction_retires(other: JudgedText) -> None:
    assert shown(decide(TEXT, [said("billing", subcategory="refund"), other], TRUST)) == "contradicted"


def test_who_corrects_the_same_ticket_again_has_changed_their_mind() -> None:
    first = said("billing")

    assert shown(decide(TEXT, [first, said("account", at=NOW + 1)], TRUST)) == ("account", "active", 1)
    assert shown(decide(TEXT, [first, said("other", at=NOW + 1)], TRUST)) == "withdrawn"


def test_a_confirmation_seconds_and_makes_nothing_alone() -> None:
    confirmed = said("billing", "ben", answered="billing")

    assert decide(TEXT, [confirmed], TRUST) is None
    assert decide(TEXT, [], TRUST) is None
    assert shown(decide(TEXT, [said("billing"), confirmed], TRUST)) == ("billing", "active", 2)


def test_a_confirmed_override_stays_when_its_correction_is_too_old() -> None:
    trust = TRUST._replace(since_ms=NOW + 1)
    confirmed = said("billing", "ben", ticket="T-2", at=NOW + 5, answered="billing", method="OVERRIDE")

    assert shown(decide(TEXT, [said("billing")], trust)) == "expired"
    assert shown(decide(TEXT, [said("billing"), confirmed], trust)) == ("billing", "active", 1)


def test_who_is_one_sided_needs_a_second_person_with_a_name() -> None:
    trust = TRUST._replace(one_sided={"ana"})

    assert shown(decide(TEXT, [said("billing")], trust)) == "one_sided"
    assert shown(decide(TEXT, [said("billing"), said("billing", None, answered="billing")], trust)) == "one_sided"
    assert shown(decide(TEXT, [said("billing"), said("billing", None)], trust)) == ("billing", "active", 1)
    assert shown(decide(TEXT, [said("billing"), said("billing", "ben")], trust)) == ("billing", "active", 2)
    assert shown(decide(TEXT, [said("billing", None)], TRUST._replace(one_sided={None}))) == "one_sided"


@pytest.mark.parametrize(
    ("corrections", "expected"),
    [
        ({"billing": 10}, True),
        ({"billing": 9}, False),
        ({"billing": 7, "account": 3}, True),
        ({"billing": 6, "account": 4}, False),
        ({}, False),
    ],
    ids=["ten-of-ten", "nine", "seven-of-ten", "six-of-ten", "none"],
)
def test_one_sided_is_ten_and_more_than_sixty_percent(corrections: dict[str, int], *, expected: bool) -> None:
    assert is_one_sided(corrections) is expected


def test_a_removed_override_comes_back_with_a_newer_correction() -> None:
    text, old = TEXT._replace(removed_at=NOW + 5), said("billing")

    assert shown(decide(text, [old], TRUST)) == "removed"
    assert shown(decide(text, [old, said("account", "ben", at=NOW + 6)], TRUST)) == ("account", "active", 1)


def test_labels_are_compared_as_they_are_called_now() -> None:
    names = {"billing": "payments"}
    trust = TRUST._replace(translate=lambda category, part: (names.get(category, category), part))

    assert shown(decide(TEXT, [said("billing"), said("payments", "ben", at=NOW + 1)], trust)) == (
        "payments", "active", 2,
    )  # fmt: skip
    assert shown(decide(TEXT, [said("billing"), said("payments", "ben", at=NOW + 1)], TRUST)) == "contradicted"


def test_a_person_is_one_however_the_name_is_written() -> None:
    assert person("Ana  Lopez") == person(" ana lopez") == person("ANA\u00a0LOPEZ")
    assert person("x" * 300) is None
    assert person(None) is person("") is person("  ") is person("typed:ana") is person(" Typed:Ana") is None
