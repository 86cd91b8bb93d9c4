"""The measurement of training again and of the gate, on a few small streams: that it measures what it says."""

from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from benchmarks.learning import packs
from benchmarks.learning.__main__ import document, measure, models_of, races_of
from benchmarks.learning.again import measured, told
from benchmarks.learning.choice import Choice, part
from benchmarks.learning.findings import Measured, by_stream
from benchmarks.learning.fitting import Rights, fitted, packed, unpacked
from benchmarks.learning.gains import training_again
from benchmarks.learning.gating import Cannot, Standing, at_difference, promoted
from benchmarks.learning.lines import Lines
from benchmarks.learning.packs import Pack, Source
from benchmarks.learning.promotions import gate, spoilt
from benchmarks.learning.race import Race
from benchmarks.learning.races import rounds
from benchmarks.learning.rounds import bled, grown, still
from benchmarks.learning.stream import Answered, Judgement, Kind, Turner, judged, stream
from benchmarks.report import Table
from benchmarks.screen import Screen
from classifier.tickets import LabelledTicket
from classifier.training import train

X = ("other", "x")
MODELS = ("early", "again", "turned", "hidden", "corrections", "confirmations")


@pytest.fixture(scope="module")
def small() -> Pack:
    """Four categories of bitext."""
    return packs.read("bitext").narrowed(4, seed=0)


def _answered(tickets: int = 10_000) -> list[Answered]:
    """Three of four answers are right."""
    truth = ("cards", "lost")
    return [Answered(ticket, truth if ticket % 4 else ("cards", "late"), truth) for ticket in range(tickets)]


def test_people_judge_as_often_as_their_habits_say() -> None:
    """30 % of the wrong answers are corrected, 10 % of the right ones confirmed, 5 % of all audited, all rightly."""
    found = judged(_answered(), seed=1)

    kinds = Counter(one.kind for one in found)
    assert kinds[Kind.correction] == pytest.approx(0.95 * 0.3 * 2_500, rel=0.15)
    assert kinds[Kind.confirmation] == pytest.approx(0.95 * 0.1 * 7_500, rel=0.15)
    assert kinds[Kind.audit] == pytest.approx(0.05 * 10_000, rel=0.15)
    assert {one.label for one in found} == {("cards", "lost")}
    assert found == judged(_answered(), seed=1)
    assert found != judged(_answered(), seed=2)


def test_with_a_turner_everybody_else_judges_as_before() -> None:
    """The turner touches 6 % of all tickets, gives them one label, and takes them from nobody but those."""
    alone, turned = (judged(_answered(), seed=1, turner=turner) for turner in (None, Turner(X)))

    by_turner = [one for one in turned if one.by == "turner"]
    assert len(by_turner) == pytest.approx(0.06 * 10_000, rel=0.15)
    assert {one.label for one in by_turner} == {X}
    touched = {one.ticket for one in by_turner}
    assert _of_others(turned, touched) == _of_others(alone, touched)


def _of_others(found: list[Judgement], touched: set[int]) -> list[Judgement]:
    return [one for one in found if one.ticket not in touched]


def test_a_stream_labels_a_tenth_and_loses_no_ticket() -> None:
    """The seed decides the order."""
    flow = stream(1_000, seed=3)

    assert len(flow.labelled) == 100
    assert sorted(flow.labelled + flow.arriving) == list(range(1_000))
    assert flow == stream(1_000, seed=3)
    assert flow.arriving != stream(1_000, seed=4).arriving


@pytest.mark.parametrize("difference", [0.07, 0.004, -0.026, -0.2])
def test_tickets_are_drawn_at_exactly_the_difference_that_is_asked_for(difference: float) -> None:
    """Also where the two differ on fewer tickets than that."""
    draw = np.random.default_rng(0)
    champion, challenger = draw.random(2_000) < 0.8, draw.random(2_000) < 0.7
    of = Standing(champion, np.where(draw.random(2_000) < 0.1, challenger, champion), ["cards"] * 2_000)

    odds = at_difference(of, difference)

    assert odds.sum() == pytest.approx(1)
    assert (odds * (of.challenger.astype(int) - of.champion)).sum() == pytest.approx(difference)


def test_two_models_of_which_one_is_never_right_alone_cannot_be_drawn_at_a_difference() -> None:
    """Said, and not counted."""
    champion = np.arange(100) < 80

    with pytest.raises(Cannot, match="0 tickets are gained and 10 lost"):
        at_difference(Standing(champion, np.arange(100) < 70, ["cards"] * 100), -0.026)


def test_the_gate_tells_much_better_from_much_worse() -> None:
    """At 300 tickets."""
    draw = np.random.default_rng(0)
    of = Standing(draw.random(2_000) < 0.8, draw.random(2_000) < 0.8, ["cards"] * 2_000)

    assert promoted(of, 0.2, 300, 20, draw) == 20
    assert promoted(of, -0.1, 300, 20, draw) == 0


def test_a_race_keeps_its_champion_from_worse_models_and_takes_better_ones() -> None:
    """True accuracies are those of all tickets, not of the audited ones."""
    tickets = np.arange(1_000)
    first, worse, better = (Rights(tickets < right, tickets < right) for right in (800, 600, 900))
    race = Race(first, ["cards"] * 1_000, np.random.default_rng(0))

    for challenger in (worse, better, worse):
        race.offer(challenger)

    assert race.champion is better
    assert race.ended().categories == [0.8, 0.9]
    assert race.ended().lowest == 0


def test_the_linear_model_answers_as_the_whole_one(small: Pack) -> None:
    """What streams leave out, calibration, hardly changes an answer."""
    some = small.arriving.picked(range(0, len(small.arriving.texts), 5))
    tickets = [
        LabelledTicket("", text.partition("\n")[2], *label, "bitext", None)
        for text, label in zip(some.texts, some.labels, strict=True)
    ]
    whole = train(tickets, trained_on=date(2026, 11, 30)).predict(
        [("", text.partition("\n")[2]) for text in small.bench.texts], 1
    )

    answers = fitted(some).answers(small.bench.texts)

    alike = sum(answer == (best.category, best.subcategory) for answer, (best, *_) in zip(answers, whole, strict=True))
    assert alike >= 0.98 * len(answers)


def test_answers_are_kept_in_an_eighth_of_their_bytes() -> None:
    """And come back as they were."""
    bools = np.random.default_rng(0).random(1_001) < 0.5

    assert unpacked(packed(bools), 1_001).tolist() == bools.tolist()


def test_a_stream_shows_what_people_and_one_turner_do(small: Pack) -> None:
    """Training again gains; the turner's word is left out under one name, and does harm under many."""
    found = {line.model: line for line in measured(small, Choice(small), 0, MODELS)}

    accuracy = {name: line.rights.accuracy for name, line in found.items()}
    assert accuracy["again"] > accuracy["seed"]
    assert found["seed"].rows < found["corrections"].rows < found["confirmations"].rows < found["again"].rows
    assert found["turned"].left_out > 10
    assert found["hidden"].left_out == found["again"].left_out == 0
    assert accuracy["hidden"] < accuracy["turned"] - 0.05
    assert accuracy["turned"] > accuracy["again"] - 0.02


def test_teams_who_judge_what_their_category_gets_are_learned_from(small: Pack) -> None:
    """Each corrects to the subcategories of one category more than to any other, and nobody of them is left out."""
    choice, flow = Choice(small), stream(len(small.arriving.texts), seed=0)
    said = told(small, 0, flow.arriving, fitted(part(choice.of(flow, [], []))))
    teams = {one.ticket: one.answer[0] for one in said.answered}

    found = choice.of(flow, said.answered, [one._replace(by=teams[one.ticket]) for one in said.clean])

    assert found.left_out.one_sided == ()
    assert len(found.rows) > len(flow.labelled)


def test_the_report_is_made_of_lines_that_go_on_where_they_ended(small: Pack, tmp_path: Path) -> None:
    """What is in the file is not measured again; every section has its figures."""
    file = tmp_path / "lines.jsonl"
    lines = Lines(file)
    lines.add({"race": grown(small, 0, rounds=3)._asdict()})

    measure(Lines(file), [Source(small)], streams=1, races=1, screen=Screen())
    kept = file.read_text()
    measure(Lines(file), [Source(small)], streams=1, races=1, screen=Screen())

    assert file.read_text() == kept
    again = Lines(file)
    models, races = list(models_of(again)), list(races_of(again))
    assert len({line.model for line in models}) == len(models) == 8
    assert [len(race.raced.categories) >= 1 for race in races] == [True]
    whole = Measured({"bitext": Source(small)}, by_stream(models), races)
    sections = [training_again(whole), gate(whole), spoilt(whole), rounds(whole, of_still=2, of_bled=1)]
    text = document(Table(("measured on", ""), []), sections)
    assert all(f"\n## {section.title}\n" in text for section in sections)
    assert "nan" not in text


def test_races_depend_on_their_seed_alone(small: Pack) -> None:
    """So that a figure can be measured again."""
    tickets = len(small.bench.texts)
    models = [Rights(right, right) for right in np.random.default_rng(0).random((4, tickets)) < 0.8]

    assert still(models, small, 1, rounds=3) == still(models, small, 1, rounds=3)
    assert bled(models[0], small, 1, rounds=3) == bled(models[0], small, 1, rounds=3)
    assert bled(models[0], small, 1, rounds=3).lowest <= 0
    assert still(models, small, 1, rounds=0).promotions == 0
