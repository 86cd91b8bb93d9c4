"""What the demo that learns says of its figures, and when a model is said to have been taken up."""

import json
from typing import Any

from sandbox.crowd import Read
from sandbox.labelled import Labelled
from sandbox.right_again import RightAgain
from ticketstream.learning_figures import (
    Calls,
    Changes,
    FirstPart,
    Learned,
    again_told,
    as_json,
    changes_told,
    judged_told,
    measured,
    round_told,
)
from ticketstream.learning_models import Round, TakenUp, taken_up

PROMOTED: dict[str, Any] = {
    "verdict": "promote",
    "reason": None,
    "missing": 0,
    "champion": {"n": 400, "champion": 0.8, "challenger": 0.85, "difference": 0.05, "bound": 0.031},
}
KEPT = {**PROMOTED, "verdict": "keep", "champion": None, "missing": 120, "reason": "180 are judged, and it needs 300"}
RECIPE = {"seed_rows": 1047, "judged_rows": 1272}
AGAIN = RightAgain(80, 20, 19, 1.23, 2.51, 19, 5, 4)


def read(
    ticket_id: str,
    at_ms: int = 0,
    model: str | None = "old",
    method: str = "MODEL",
    category: str = "cards",
    subcategory: str = "card_arrival",
) -> Read:
    label = {"category": category, "subcategory": subcategory}
    answer: Any = {"ticket_id": ticket_id, "categorized_at": at_ms, "model": model, "method": method, **label}
    return Read(answer, at_ms / 1000)


def gold(ticket_id: str) -> Labelled:
    return Labelled(ticket_id, "", "text", "en", "cards", "card_arrival", counted=True)


def test_a_model_is_taken_up_with_its_first_answer() -> None:
    """The one before may have answers on their way; what it answered earlier, and the cache, do not count."""
    answers = [
        read("a", 900, "new"),
        read("b", 950, "old"),
        read("c", 1_020, "new", "CACHE"),
        read("d", 1_040, "old"),
        read("e", 1_100, "new"),
        read("f", 1_150, "old"),
        read("g", 1_900, "old", "CACHE"),
        read("h", 2_000, "new"),
    ]
    found = {one.answer["ticket_id"]: one for one in answers}

    assert taken_up(found, "new", "old", 1_000) == TakenUp("new", 0.1, 0.15)
    assert taken_up(found, "new", "nobody", 1_000) == TakenUp("new", 0.1, 0.0)
    assert taken_up(found, "newer", "new", 1_000) is None


def test_answers_are_measured_by_the_gold_labels() -> None:
    """Category alone, and both; with an interval."""
    answers = [read("a"), read("b", subcategory="other"), read("c", category="cash"), read("d")]
    found = measured(answers, {name: gold(name) for name in "abcd"})

    assert (found.category.n, found.category.share, found.both.share) == (4, 0.75, 0.5)
    assert found.category.low < 0.75 < found.category.high


def test_the_sentences_hold_the_figures() -> None:
    """Those that were measured, rounded."""
    found = measured([read(str(n), category="cards" if n else "cash") for n in range(50)], Everything())
    told = "\n".join(
        (
            *judged_told(FirstPart(3000, 2114, 1533, 779, found)),
            *again_told(AGAIN),
            *round_told(Round("v2", RECIPE, PROMOTED, None, 41.4)),
        )
    )

    for figure in ("3,000", "98.0% (89.5% to 99.6%)", "2,114", "1,533", "779", "20 were", "for 19", "1.2 s", "2.5 s"):
        assert figure in told
    for figure in ("1 of them were not right", "with 5: 4", "1,047", "1,272", "41 s", "80.0%", "85.0%", "+5.0", "+3.1"):
        assert figure in told


def test_a_champion_that_is_kept_is_told_with_what_is_missing() -> None:
    """No comparison is claimed where none was made."""
    told = "\n".join(round_told(Round("v2", RECIPE, KEPT, None, 1.0)))
    unasked = "\n".join(round_told(Round("v2", RECIPE, None, "it is the champion already", 1.0)))

    assert "keeps the champion: 180 are judged, and it needs 300" in told
    assert "missing: 120" in told
    assert "points" not in told
    assert "not asked: it is the champion already" in unasked


def test_texts_that_were_never_right_are_told() -> None:
    """None was wrong, or none was right again: no time is made up."""
    never = "\n".join(again_told(AGAIN._replace(right=0, median_s=None, slowest_s=None)))

    assert "20 of them were not right within" in never
    assert "for half of them" not in never
    assert "None" not in never


class Everything(dict[str, Labelled]):
    """A gold label for every ticket."""

    def __missing__(self, ticket_id: str) -> Labelled:
        return gold(ticket_id)


def test_the_figures_are_json() -> None:
    """All of them, with and without a change of champions."""
    found = measured([read("a")], {"a": gold("a")})
    up = TakenUp("v2", 0.31, 0.2)
    changes = Changes(up, up, up, found, Calls(1000, 0, 2), 3)
    learned = Learned(
        *(1047, "v1", 0.5, FirstPart(10, 5, 3, 2, found), AGAIN, Round("v2", RECIPE, PROMOTED, None, 9.0)),
        *(changes, 99.0),
    )
    told = json.loads(json.dumps(as_json(learned)))

    assert told["round"]["promoted"] is True
    assert told["changes"]["calls"] == {"calls": 1000, "failed": 0, "tried_again": 2}
    assert told["changes"]["later"]["accuracy"] == told["first"]["before"]["accuracy"] == 1.0
    assert (told["again"]["slowest_s"], told["took_s"]) == (2.51, 99.0)
    assert json.loads(json.dumps(as_json(learned._replace(changes=None))))["changes"] is None
    assert "0 failed, and 2 needed a second try" in "\n".join(changes_told(changes))
