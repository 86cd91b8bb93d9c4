"""Cleaning as a whole: layouts of mail, tickets that must survive, and plain texts that must not change."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mail_layouts.seen import SEEN, Seen
from tests.support.mail_layouts.unseen_threads import Kept, Layout
from tests.support.mail_layouts_final import FINAL, FINAL_KEPT
from tests.support.mail_layouts_measuring import MEASURING_KEPT
from tests.support.mail_layouts_unseen import KEPT, UNSEEN
from tickets.text.cleaning import clean

ROOT = Path(__file__).parents[3]
CASES = Path(__file__).parent / "cases"
NO_BREAK_SPACE = "\xa0"
QUESTION = "I still have not received my card, it was ordered two weeks ago. What can I do?"
PLAIN = [
    ROOT / "sandbox/data/banking77.jsonl.gz",
    ROOT / "sandbox/data/spanish.jsonl",
    ROOT / "tests/classifier/data/clinc150.jsonl.gz",
    ROOT / "tests/classifier/data/mtod-es-bench.jsonl.gz",
    ROOT / "tests/classifier/data/spanish_support.jsonl",
]


def words(text: str) -> str:
    return " ".join(text.replace("\u2019", "'").split())


@pytest.mark.parametrize("layout", SEEN, ids=lambda layout: f"{layout.name}, {layout.language}")
def test_of_a_mail_the_question_alone_is_left(layout: Seen) -> None:
    """To the word."""
    subject, body = layout.wrap(QUESTION)

    cleaned = clean(subject, body)

    assert words(cleaned.description) == QUESTION
    assert cleaned.removed_chars == len(subject) + len(body) - len(cleaned.subject) - len(cleaned.description)


@pytest.mark.parametrize("layout", [*UNSEEN, *FINAL], ids=lambda layout: layout.name)
def test_of_every_layout_the_question_is_left_and_the_earlier_mail_is_not(layout: Layout) -> None:
    """The question, and at most a name or the subject of a form beside it."""
    for number in (3, 10, 17, 24):
        left = words(clean(*layout.wrap(QUESTION, number)).description)

        assert QUESTION in left
        assert len(left) - len(QUESTION) <= 60


@pytest.mark.parametrize("ticket", [*KEPT, *MEASURING_KEPT, *FINAL_KEPT], ids=lambda ticket: ticket.name)
def test_what_a_person_wants_to_say_is_kept(ticket: Kept) -> None:
    """Whatever the text looks like."""
    cleaned = clean(ticket.subject, ticket.body)
    left = words(f"{cleaned.subject}\n{cleaned.description}")

    assert [part for part in ticket.must_contain if words(part) not in left] == []


@pytest.mark.parametrize("file", PLAIN, ids=lambda file: file.name.partition(".")[0])
def test_plain_tickets_are_not_changed(file: Path) -> None:
    """Not one character of any of them, but for one space that does not break a line."""
    changed = [row for row in _rows(file) if clean(*row) != (*row, 0)]

    assert [row for row in changed if NO_BREAK_SPACE not in row[1]] == []
    assert len(changed) <= 1


def test_a_signature_leaves_the_question_alone() -> None:
    """The case that broke the model's answers."""
    assert clean("", (CASES / "signature.txt").read_text("utf-8")).description == QUESTION


def test_the_reply_above_a_quoted_message_counts_alone() -> None:
    """HTML in Spanish."""
    cleaned = clean("", (CASES / "reply.html").read_text("utf-8"))

    assert cleaned.description == "Todavía no me ha llegado la tarjeta. ¿Qué puedo hacer?"


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("Re: My card", "My card"),
        ("RE: RV: Fwd: My card", "My card"),
        ("[External] Re: [#48697] My card", "My card"),
        ("Re[2]: My card", "My card"),
        ("Re:", "Re:"),
        ("Refund: my card", "Refund: my card"),
        ("[urgent] my card", "[urgent] my card"),
        ("I can&#39;t pay", "I can't pay"),
    ],
)
def test_the_subject_loses_the_signs_of_an_answer(subject: str, title: str) -> None:
    """And nothing else."""
    assert clean(subject, QUESTION).subject == title


def test_the_subject_of_a_notification_is_not_the_customers() -> None:
    """A form's own subject goes with the form; under a plain text it stays."""
    form = f"Name: Ana\nEmail: ana@mail.example\nMessage: {QUESTION}"

    assert clean("New message from your website", form)[:2] == ("", QUESTION)
    assert clean("New message from your website", QUESTION)[:2] == ("New message from your website", QUESTION)


def _rows(file: Path) -> Iterator[tuple[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield row["subject"], row["description"]
