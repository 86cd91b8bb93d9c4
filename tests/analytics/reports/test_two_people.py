"""How often two people agree, beside the accuracy."""

import datetime as dt
import random
from typing import Any

import pytest

from analytics.clickhouse.client import Client
from analytics.reports.accuracy import Accuracy, accuracy
from analytics.reports.intervals import wilson
from analytics.reports.question import Level
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from tests.support.stored_events import NOON_MS, categorized, corrected

_SINCE = dt.datetime.fromtimestamp(NOON_MS / 1000, dt.UTC)


class _Said:
    """Corrections with ids of their own."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def __call__(self, answer: Row, by: str | None, category: str, **changed: Any) -> None:
        number = len(self.rows)
        named = {"judged_event_id": answer.event["event_id"], "corrected_by": by, **changed}
        self.rows.append(corrected(answer.event["ticket_id"], category, number, at_ms=NOON_MS + 1000 + number, **named))


def _twice(client: Client, **changed: Any) -> tuple[int, int]:
    found = accuracy(client, _SINCE, **changed).two_people
    return found.n, found.right


def test_both_judgements_are_found(client: Client) -> None:
    """The second stands, and the first is still the first person's."""
    answers = [categorized(f"T-{number}", number) for number in range(3)]
    said = _Said()
    said(answers[0], "ana", "billing")
    said(answers[0], "ben", "billing")
    said(answers[1], "ana", "billing")
    said(answers[1], "ben", "account")
    said(answers[2], "ana", "billing")
    RowWriter(client).write([*answers, *said.rows])

    assert _twice(client) == (2, 1)


@pytest.mark.parametrize("second", [None, "", " ", "typed:ben", "Typed:ben", "ana", " ANA"])
def test_only_another_known_person_is_a_second(client: Client, second: str | None) -> None:
    """Nobody, a typed name and the same person again are none."""
    answer = categorized()
    said = _Said()
    said(answer, "ana", "billing")
    said(answer, second, "account")
    RowWriter(client).write([answer, *said.rows])

    assert _twice(client) == (0, 0)


def test_a_person_who_thinks_again_counts_once(client: Client) -> None:
    """The last word of each of the first two people; another system's imports are no person."""
    answer = categorized()
    said = _Said()
    said(answer, "robot", "cards", origin="IMPORT")
    said(answer, "ana", "account")
    said(answer, "ben", "billing")
    said(answer, "ana", "billing")
    said(answer, "cleo", "cards")
    RowWriter(client).write([answer, *said.rows])

    assert _twice(client) == (1, 1)


def test_levels_categories_and_new_names(client: Client) -> None:
    """A category alone says nothing of the subcategory; a label and its later name are one."""
    answers = [categorized(f"T-{number}", number, category=("billing", "cards")[number == 2]) for number in range(3)]
    said = _Said()
    said(answers[0], "ana", "billing", subcategory="x")
    said(answers[0], "ben", "billing", subcategory="y")
    said(answers[1], "ana", "billing", subcategory="x")
    said(answers[1], "ben", "billing")
    said(answers[2], "ana", "old_cards")
    said(answers[2], "ben", "cards")
    RowWriter(client).write([*answers, *said.rows])

    assert _twice(client) == (3, 2)
    assert _twice(client, renamed={"old_cards": "cards"}) == (3, 3)
    assert _twice(client, level="subcategory") == (1, 0)
    assert _twice(client, category="cards") == (1, 0)


@pytest.mark.parametrize("level", ["category", "subcategory"])
def test_many_judgements_are_counted_as_plain_code_counts_them(client: Client, level: Level) -> None:
    """A few hundred answers, judged by up to four people."""
    random_ = random.Random(3)
    answers = [categorized(f"T-{number}", number) for number in range(300)]
    said = _Said()
    expected = [0, 0]
    for answer in answers:
        first_two: dict[str, str] = {}
        for _ in range(random_.randint(0, 4)):
            by = random_.choice(["ana", "ben", "cleo", "typed:dora", None])
            category, subcategory = random_.choice(["billing", "account"]), random_.choice(["x", "y"])
            said(answer, by, category, subcategory=subcategory)
            if by in {"ana", "ben", "cleo"} and (by in first_two or len(first_two) < 2):
                first_two[by] = category if level == "category" else f"{category}/{subcategory}"
        if len(first_two) == 2:
            expected[0] += 1
            expected[1] += len(set(first_two.values())) == 1
    rows = [*answers, *said.rows]
    random_.shuffle(rows)
    RowWriter(client).write(rows)

    found = accuracy(client, _SINCE, level).two_people

    assert [found.n, found.right] == expected
    assert expected[0] > 50
    assert (found.low, found.high) == wilson(expected[1] / expected[0], expected[0])


def _table(found: Accuracy) -> tuple[Any, ...]:
    return next(table.rows for table in found.report().tables if table.name == "two_people")


def test_few_give_no_number(client: Client) -> None:
    """Below 30 the share is left out; without any there is no row, and a sentence says that nobody was asked twice."""
    answers = [categorized(f"T-{number}", number) for number in range(30)]
    said = _Said()
    for answer in answers[:29]:
        said(answer, "ana", "billing")
        said(answer, "ben", "billing")
    RowWriter(client).write(answers)
    assert _table(accuracy(client, _SINCE)) == ()
    RowWriter(client).write(said.rows)
    assert _table(accuracy(client, _SINCE)) == ((29, 29, None, None, None),)
    for by in ("ana", "ben"):
        said(answers[29], by, "billing")
    RowWriter(client).write(said.rows[-2:])
    ((n, agreed, share, low, high),) = _table(accuracy(client, _SINCE))
    assert (n, agreed, share) == (30, 30, 1.0)
    assert (low, high) == wilson(1.0, 30)
