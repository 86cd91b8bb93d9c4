"""What a model learns from, and what stays with the gate."""

import datetime as dt
import random
from collections.abc import Sequence

import pytest

from learning.choosing import Chosen, chosen
from learning.judged_tickets import EVER, JudgedTicket
from learning.texts import is_for_gate
from tests.learning.judged import NOON, again, said, seed_row, taxonomy, texts

LEARNED, KEPT = texts(for_gate=False, count=40), texts(for_gate=True, count=40)
SEED = [seed_row("an old question", "other"), seed_row("a parcel", "shipping"), seed_row("a bill", "billing")]


def _chosen(judged: Sequence[JudgedTicket], since: dt.datetime = EVER) -> Chosen:
    return chosen(judged, SEED, taxonomy(), since)


def _labels(found: Chosen) -> dict[str, tuple[str, str | None]]:
    return {row.description: row.label for row in found.rows}


def test_seed_corrections_confirmations_and_audit_are_learned_together() -> None:
    """Each counts as one row, whoever was right."""
    found = _chosen(
        [
            said(LEARNED[0], "billing", number=1),
            said(LEARNED[1], "other", number=2),
            said(LEARNED[2], "shipping", number=3, is_audit=True),
        ]
    )

    assert found.used() == {"seed": 3, "correction": 1, "confirmation": 1, "audit": 1}
    assert _labels(found)[LEARNED[0]] == ("billing", None)


def test_an_audited_text_of_the_gate_is_nowhere_learned() -> None:
    """Neither as an audit, nor as an equal text among corrections and seed rows."""
    audited = again(KEPT[0], 1)
    seed = [*SEED, seed_row(again(KEPT[0], 3), "billing")]
    found = chosen(
        [said(audited, "billing", number=1, is_audit=True), said(again(KEPT[0], 2), "billing", number=2)],
        seed,
        taxonomy(),
    )

    assert [(row.event_id, row.category) for row in found.gate] == [("answer-1", "billing")]
    assert {row.text_id for row in found.rows}.isdisjoint({row.text_id for row in found.gate})
    assert found.left_out.for_gate == 1


def test_a_text_that_was_learned_never_becomes_the_gates() -> None:
    """What was said of it first decides: models have learned it since."""
    first, audit = said(KEPT[0], number=1), said(KEPT[0], number=2, is_audit=True)
    found = _chosen([audit, first])

    assert found.gate == ()
    assert found.used()["audit"] == 1


def test_no_text_is_on_both_sides() -> None:
    """Whatever is drawn, repeated and judged in whatever order."""
    draw = random.Random(5)
    judged = [
        said(
            again(draw.choice(LEARNED + KEPT), number),
            number=number,
            answered=("billing", None),
            is_audit=draw.random() < 0.5,
        )
        for number in range(400)
    ]
    found = _chosen(judged)

    assert found.gate
    assert {row.text_id for row in found.gate}.isdisjoint(row.text_id for row in found.rows)
    assert all(is_for_gate(row.text_id) for row in found.gate)


def test_about_half_of_the_audited_texts_belong_to_the_gate() -> None:
    """The draw is by the text alone, so it is the same for ever."""
    share = sum(is_for_gate(f"{number:032x}") for number in range(2000)) / 2000

    assert 0.45 < share < 0.55


def test_contradictions_are_left_out_and_named() -> None:
    """They are missing among the gate's tickets too."""
    found = _chosen(
        [
            said(LEARNED[0], "billing", "ana", number=1),
            said(LEARNED[0], "shipping", "ben", number=2),
            said(KEPT[0], "billing", "ana", number=3, is_audit=True),
            said(KEPT[0], "shipping", "ben", number=4, is_audit=True),
        ]
    )

    assert [one.people for one in found.left_out.contradictions] == [("ana", "ben"), ("ana", "ben")]
    assert (found.used()["correction"], found.gate) == (0, ())


def test_who_turns_everything_to_one_category_is_left_out_and_named() -> None:
    """Judgements that a second person shares count, and so does everybody else's word."""
    poison = [said(text, "shipping", "mallory", number=n) for n, text in enumerate(LEARNED[:12])]
    found = _chosen([*poison, said(LEARNED[0], "shipping", "ana", number=30), said(LEARNED[20], "billing", number=31)])

    assert [(one.by, one.label, one.left_out) for one in found.left_out.one_sided] == [("mallory", "shipping", 11)]
    assert _labels(found).keys() - {row.description for row in SEED} == {LEARNED[0], LEARNED[20]}


def test_one_person_cannot_take_texts_from_others_by_contradicting_them() -> None:
    """What does not count contradicts nobody."""
    poison = [said(text, "shipping", "mallory", number=n) for n, text in enumerate(LEARNED[:12])]
    found = _chosen([*poison, said(LEARNED[3], "billing", "ana", number=30)])

    assert found.left_out.contradictions == ()
    assert _labels(found)[LEARNED[3]] == ("billing", None)


def test_labels_are_those_of_the_taxonomy_in_use() -> None:
    """Renamed ones are translated; unknown ones are left out and counted."""
    found = chosen(
        [said(LEARNED[0], "delivery", number=1), said(LEARNED[1], "gardening", number=2)],
        [*SEED, seed_row("a letter", "delivery"), seed_row("a rose", "gardening")],
        taxonomy(),
    )

    assert _labels(found)[LEARNED[0]] == _labels(found)["a letter"] == ("shipping", None)
    assert found.left_out.unknown == {"gardening": 2}


def test_people_replace_the_label_of_an_equal_seed_row() -> None:
    """They judged it later."""
    found = chosen([said(LEARNED[0], "billing")], [*SEED, seed_row(LEARNED[0], "other")], taxonomy())

    assert _labels(found)[LEARNED[0]] == ("billing", None)
    assert (found.left_out.replaced, found.used()["seed"]) == (1, 3)


def test_a_category_alone_gets_the_subcategory_of_the_answer() -> None:
    """As the answer or its alternatives have it within that category; and that is counted."""
    found = _chosen(
        [
            said(LEARNED[0], "billing", likely="refund", number=1),
            said(LEARNED[1], "billing", subcategory="invoice", likely="refund", number=2),
            said(LEARNED[2], "billing", likely="unheard of", number=3),
        ]
    )

    assert [_labels(found)[text][1] for text in LEARNED[:3]] == ["refund", "invoice", None]
    assert found.from_answer == 1


def test_since_leaves_earlier_judgements_out_and_the_gate_whole() -> None:
    """A text of the gate is never learned, however far the round looks back."""
    judged = [
        said(LEARNED[0], number=1),
        said(LEARNED[1], number=3),
        said(KEPT[0], number=1, is_audit=True),
        said(KEPT[0], number=4),
    ]
    found = _chosen(judged, since=NOON + dt.timedelta(seconds=2))

    assert set(_labels(found)) == {LEARNED[1], *(row.description for row in SEED)}
    assert (found.left_out.earlier, len(found.gate)) == (1, 1)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_what_comes_in_makes_no_difference(seed: int) -> None:
    """Neither for the rows nor for the gate nor for what is left out."""
    draw = random.Random(1)
    judged = [
        said(
            draw.choice(LEARNED[:10] + KEPT[:10]),
            draw.choice(["billing", "shipping", "gardening"]),
            draw.choice(["ana", "ben", None, "typed:eve"]),
            number=number,
            is_audit=draw.random() < 0.3,
        )
        for number in range(120)
    ]
    shuffled, rows = judged.copy(), [*SEED, *SEED]
    random.Random(seed).shuffle(shuffled)
    random.Random(seed).shuffle(rows)

    assert chosen(shuffled, rows, taxonomy()) == chosen(judged, [*SEED, *SEED], taxonomy())
