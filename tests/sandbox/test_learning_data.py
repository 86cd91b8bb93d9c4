"""The tickets of the demo that learns: what a model begins with, and what comes in afterwards."""

import json
from pathlib import Path

from consumer.categorizer.output import AuditSample
from sandbox.labelled import questions
from sandbox.learning_data import learning_data, write_seed
from sandbox.people import PEOPLE, person_of


def test_no_ticket_is_in_two_parts() -> None:
    """A model that had seen a ticket would answer it too well."""
    data = learning_data(3000)
    parts = [data.seed, data.repeated, data.first, data.later]
    ids = [ticket.ticket_id for part in parts for ticket in part]

    assert len(ids) == len(set(ids)) == len(questions())
    assert len(data.first) == 3000
    assert round(10 * len(data.seed) / len(ids), 2) == 1.0
    assert {ticket.subcategory for ticket in data.seed} == {ticket.subcategory for ticket in questions()}


def test_the_parts_are_the_same_each_time_and_leave_something_for_later() -> None:
    """Also when more tickets are asked for than there are."""
    assert learning_data(500) == learning_data(500)
    assert learning_data(500).first == learning_data(900).first[:500]
    assert len(learning_data(10**6).later) == len(learning_data(1).seed)


def test_the_order_says_nothing_about_the_audit() -> None:
    """Half of each part is drawn where half of all tickets are; so it is for what people look at by themselves."""
    audit = AuditSample(0.5, "")
    for part in learning_data(3000)[:3]:
        drawn = sum(audit.probability(ticket.ticket_id) > 0 for ticket in part)
        assert 0.35 < drawn / len(part) < 0.65


def test_several_people_judge() -> None:
    """Nobody corrects so much to one label that a second person is needed for all of it."""
    found = [person_of(ticket.ticket_id) for ticket in questions()]

    assert {name: 0.3 < found.count(name) / len(found) < 0.37 for name in PEOPLE} == dict.fromkeys(PEOPLE, True)


def test_the_seed_is_a_file_that_models_are_trained_on(tmp_path: Path) -> None:
    """A row a ticket, with texts and labels, and nothing else."""
    seed = learning_data(100).seed
    write_seed(seed, tmp_path / "seed.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "seed.jsonl").read_text(encoding="utf-8").splitlines()]

    assert [(row["description"], row["category"], row["subcategory"]) for row in rows] == [
        (ticket.description, ticket.category, ticket.subcategory) for ticket in seed
    ]
