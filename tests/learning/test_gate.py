"""The champion gate: its rules, and how often it is right."""

import json
from collections.abc import Sequence

import pytest

from analytics.reports.outlook import MINIMUM_TICKETS, NEW_TICKETS
from benchmarks.gate import promoted
from learning.gate import CATEGORY_TICKETS, Keep, Pair, Promote, as_json, judge

RUNS = 1000


def pairs(both: int = 0, gained: int = 0, lost: int = 0, neither: int = 0, category: str = "a") -> list[Pair]:
    return [
        *[Pair(True, True, category)] * both,
        *[Pair(False, True, category)] * gained,
        *[Pair(True, False, category)] * lost,
        *[Pair(False, False, category)] * neither,
    ]


def test_a_better_model_is_promoted_with_its_figures() -> None:
    """Shares, difference and bound are those of the pairs."""
    verdict = judge(pairs(240, 30, 10, 20), None, since_last=300)

    assert isinstance(verdict, Promote)
    against = verdict.figures.champion
    assert against is not None
    assert (against.n, against.champion, against.challenger) == (300, 250 / 300, 270 / 300)
    assert against.difference.difference == pytest.approx(20 / 300)
    assert 0.02 < against.difference.low < 20 / 300


def test_equal_answers_are_promoted_and_a_few_lost_ones_are_not() -> None:
    """The margin of a point is what a bound of 300 equal answers leaves room for."""
    assert isinstance(judge(pairs(300), None, since_last=300), Promote)

    kept = judge(pairs(290, 0, 10), None, since_last=300)
    assert isinstance(kept, Keep)
    assert (kept.cause, kept.missing) == ("worse_than_champion", NEW_TICKETS)
    assert "-3.3 points" in kept.reason


@pytest.mark.parametrize(
    ("n", "since_last", "missing", "cause"),
    [
        (0, 0, MINIMUM_TICKETS, "few_tickets"),
        (299, 299, 1, "few_tickets"),
        (250, 10, 90, "few_tickets"),
        (400, 99, 1, "few_new"),
        (400, 0, NEW_TICKETS, "few_new"),
    ],
)
def test_too_few_judgements_keep_the_champion_and_say_how_many_are_missing(
    n: int, since_last: int, missing: int, cause: str
) -> None:
    """However much better the challenger looks."""
    kept = judge(pairs(gained=n), None, since_last=since_last)

    assert isinstance(kept, Keep)
    assert (kept.missing, kept.cause) == (missing, cause)


def test_the_best_model_ever_is_a_second_champion() -> None:
    """Small losses add up: a challenger that holds beside the champion may have fallen behind the best."""
    champion, best = pairs(280, 12, 4, 4), pairs(270, 5, 25)

    kept = judge(champion, best, since_last=300)

    assert isinstance(judge(champion, None, since_last=300), Promote)
    assert isinstance(kept, Keep)
    assert kept.figures.best is not None


def test_a_category_that_falls_is_named() -> None:
    """Overall it gains 10 points, and one category of 40 tickets loses a quarter."""
    answers = pairs(200, 60, 0, 0, "a") + pairs(30, 0, 10, 0, "b")

    kept = judge(answers, None, since_last=300)

    assert isinstance(kept, Keep)
    assert kept.cause == "category_falls"
    assert [(fall.category, fall.n, fall.champion, fall.challenger) for fall in kept.figures.falls] == [
        ("b", 40, 1.0, 0.75)
    ]
    assert "b from 100% to 75%" in kept.reason


def test_a_category_with_few_tickets_is_not_looked_at() -> None:
    """One fewer than enough, all of them lost."""
    few = pairs(250, 60) + pairs(lost=CATEGORY_TICKETS - 1, category="b")

    verdict = judge(few, None, since_last=300)

    assert isinstance(verdict, Promote)
    assert verdict.figures.categories == 1


def test_the_more_categories_the_clearer_a_fall_has_to_be() -> None:
    """Six lost of six: beyond chance in one category of two, not in one of ten (0.5 ** 6 = 0.016)."""
    fallen = pairs(34, 0, 6, 0, "b")
    others = [pairs(30, 10, 0, 0, f"other {number}") for number in range(9)]

    assert isinstance(judge([*pairs(200, 60), *fallen], None, since_last=300), Keep)
    assert isinstance(judge(sum(others, fallen), None, since_last=300), Promote)


@pytest.mark.parametrize(
    "verdict", [judge(pairs(290, 0, 10), pairs(300), since_last=300), judge([], None, since_last=0)]
)
def test_a_verdict_is_json(verdict: Keep) -> None:
    """It goes into the history and comes back the same."""
    written = as_json(verdict)

    assert json.loads(json.dumps(written)) == written
    assert (written["verdict"], written["missing"]) == ("keep", verdict.missing)


@pytest.mark.parametrize("discordant", [0.06, 0.12, 0.2])
def test_a_model_2_6_points_worse_is_hardly_ever_promoted(discordant: float) -> None:
    """At most 5 % of a thousand seeded audits of 300 tickets."""
    assert promoted(-0.026, discordant, 300, RUNS, seed=1) <= 0.05


@pytest.mark.parametrize("discordant", [0.1, 0.13, 0.16])
def test_a_model_7_points_better_is_nearly_always_promoted(discordant: float) -> None:
    """At least 95 % of a thousand seeded audits of 300 tickets."""
    assert promoted(0.07, discordant, 300, RUNS, seed=2) >= 0.95


def in_order(shares: Sequence[float]) -> bool:
    return list(shares) == sorted(shares)


def test_the_better_the_more_often() -> None:
    """From 3 points worse to 7 points better."""
    assert in_order([promoted(points / 100, 0.12, 300, 200, seed=3) for points in (-3, -1, 1, 3, 7)])
