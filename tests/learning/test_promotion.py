"""From a challenger to the champion: real models answer real texts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analytics.reports.outlook import NEW_TICKETS
from classifier.model import Model
from classifier.model_folder import ModelFolder
from classifier.storage import ModelError
from learning.gate import Keep, Promote
from learning.promotion import challenge
from learning.trials import trial
from tests.learning.small_models import audited, model_that_knows

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def models() -> Mapping[str, Model]:
    return {
        "one": model_that_knows("one", "billing"),
        "two": model_that_knows("two", "billing", "delivery"),
        "all": model_that_knows("all", "billing", "delivery", "login"),
        "all-again": model_that_knows("all-again", "billing", "delivery", "login"),
    }


@pytest.fixture
def folder(tmp_path: Path, models: Mapping[str, Model]) -> ModelFolder:
    found = ModelFolder(tmp_path)
    for model in models.values():
        found.add(model, {})
    return found


def same(category: str, subcategory: str | None) -> tuple[str, str | None]:
    return category, subcategory


def test_a_better_model_becomes_the_champion(folder: ModelFolder, models: Mapping[str, Model]) -> None:
    """The history says what the gate saw; its tickets are no longer new."""
    folder.promote(models["two"].version, None, None)

    verdict = challenge(folder, models["all"].version, audited(300), same, by="learner", now=NOON)

    assert isinstance(verdict, Promote)
    assert folder.champion() == models["all"].version
    event = folder.history()[-1]
    assert (event.event, event.by, event.at) == ("promoted", "learner", NOON)
    assert event.gate is not None
    assert event.gate["champion"]["n"] == 300
    assert event.gate["champion"]["challenger"] == 1.0
    assert str(event.reason).startswith("+")
    assert len(folder.gate_tickets()) == 300


def test_a_worse_model_is_refused_and_has_to_wait(folder: ModelFolder, models: Mapping[str, Model]) -> None:
    """With 99 new tickets the gate is not asked, with 100 it is."""
    folder.promote(models["all"].version, None, None)
    worse = challenge(folder, models["two"].version, audited(300), same, by="learner", now=NOON)
    soon = challenge(folder, models["all-again"].version, audited(399), same, by="learner", now=NOON)
    then = challenge(folder, models["all-again"].version, audited(400), same, by="learner", now=NOON)

    assert isinstance(worse, Keep)
    assert worse.cause in {"worse_than_champion", "category_falls"}
    assert isinstance(soon, Keep)
    assert (soon.cause, soon.missing) == ("few_new", 1)
    assert isinstance(then, Promote)
    assert [event.event for event in folder.history()[-3:]] == ["refused", "refused", "promoted"]


def test_a_gate_that_had_too_few_tickets_takes_none_away(folder: ModelFolder, models: Mapping[str, Model]) -> None:
    """They are new still when there are enough."""
    folder.promote(models["two"].version, None, None)
    few = challenge(folder, models["all"].version, audited(299), same, by="learner", now=NOON)

    assert isinstance(few, Keep)
    assert folder.gate_tickets() == frozenset()
    assert isinstance(challenge(folder, models["all"].version, audited(300), same, by="learner", now=NOON), Promote)


def test_the_best_model_ever_is_asked_too(folder: ModelFolder, models: Mapping[str, Model]) -> None:
    """After a person promoted a bad one, what is better than that is still worse than the one before."""
    folder.promote(models["all"].version, None, None)
    folder.promote(models["one"].version, "by hand", "ana")

    kept = challenge(folder, models["two"].version, audited(300), same, by="learner", now=NOON)

    assert isinstance(kept, Keep)
    assert kept.cause == "worse_than_best"
    assert folder.history()[-1].gate is not None
    assert (folder.history()[-1].gate or {})["best_version"] == models["all"].version


def test_tickets_that_a_model_was_trained_on_are_left_out(folder: ModelFolder) -> None:
    """Those of the champion, of the challenger and of earlier champions."""
    trained = [model_that_knows(name, "billing") for name in ("early", "champion", "new")]
    for number, model in enumerate(trained):
        folder.add(model, {}, [f"event-{number}", f"event-{number + 10}"])
    folder.promote(trained[0].version, None, None)
    folder.promote(trained[1].version, None, None)

    held = trial(folder, trained[2].version, audited(50), same)

    assert held.left_out == 6
    assert not {f"event-{number}" for number in (0, 1, 2, 10, 11, 12)} & set(held.event_ids)
    assert len(held.pairs) == len(held.event_ids) == 44


def test_labels_of_an_earlier_taxonomy_count_as_those_in_use(folder: ModelFolder, models: Mapping[str, Model]) -> None:
    """A renamed category is right; one without a successor is wrong, and no error."""
    folder.promote(models["all"].version, None, None)
    tickets = [
        ticket._replace(category="payments" if ticket.category == "billing" else ticket.category)
        for ticket in audited(30)
    ]

    renamed = trial(folder, models["all-again"].version, tickets, lambda c, s: ("payments" if c == "billing" else c, s))
    retired = trial(folder, models["all-again"].version, tickets, lambda c, s: None if c == "billing" else (c, s))

    assert sum(pair.challenger_right for pair in renamed.pairs) == 30
    assert sum(pair.challenger_right for pair in retired.pairs) == 20


def test_a_folder_without_a_champion_has_nothing_to_compare_with(
    folder: ModelFolder, models: Mapping[str, Model]
) -> None:
    """It is said, with the version."""
    with pytest.raises(ModelError, match="no champion to compare"):
        challenge(folder, models["all"].version, audited(300), same, by="learner", now=NOON)


def test_a_champion_by_hand_needs_no_new_tickets(folder: ModelFolder, models: Mapping[str, Model]) -> None:
    """Only a gate that looked has used its tickets up."""
    folder.promote(models["two"].version, None, "ana")

    assert trial(folder, models["all"].version, audited(300), same).since_last == 300
    assert NEW_TICKETS < 300
