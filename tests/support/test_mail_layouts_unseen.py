"""The unseen layouts say what they promise: every one holds the question, and no two mails are alike."""

import re
from html import unescape

import pytest

from tests.support.mail_layouts.unseen_people import COMPANY, FIRST, JOB, LAST, PRONOUNS, SLOGAN, STREET, TOWN
from tests.support.mail_layouts.unseen_threads import EARLIER, Kept, Layout, mail_of
from tests.support.mail_layouts_unseen import KEPT, UNSEEN

QUESTIONS = {
    "en": (
        "I can't log in since Tuesday",
        (
            'My top-up of £20 & the one before it were taken twice, and now the app says that a < b is "false";'
            " which of the two amounts will come back to my account, and how long does that usually take at your bank?"
        ),
        "The new card arrived today.\n\nHow do I activate it?",
    ),
    "es": (
        "¿Por qué no llega mi código?",
        (
            'Me han cobrado dos veces 20 € por "Agua & Luz" y la aplicación dice que a < b; quisiera saber cuál'
            " de los dos importes me van a devolver, y cuánto tarda normalmente eso en su banco? Lo necesito ya."
        ),
        "La tarjeta nueva llegó hoy.\n\n¿Cómo la activo?",
    ),
}
INVISIBLE = r"(?s)<(style|head|xml)\b.*?</\1>|<!--.*?-->"


def words(layout: Layout, body: str) -> list[str]:
    """The words that a reader sees, without signs of quotes at the start of a line."""
    if layout.kind == "html":
        shown = re.sub(r"<[^>]*>", " ", re.sub(INVISIBLE, " ", body))
        return unescape(shown).replace("\u2019", "'").split()
    return [word for word in body.split() if not re.fullmatch(r">+", word)]


def holds(words: list[str], part: list[str]) -> bool:
    return any(words[start : start + len(part)] == part for start in range(len(words)))


@pytest.mark.parametrize("layout", UNSEEN, ids=lambda layout: layout.name)
@pytest.mark.parametrize("number", [0, 1, 57, 2_003])
def test_every_layout_holds_the_words_of_the_question_in_their_order(layout: Layout, number: int) -> None:
    """Also over wrapped lines, through entities, and in several paragraphs."""
    for question in QUESTIONS[layout.language]:
        _, body = layout.wrap(question, number)
        assert holds(words(layout, body), question.split())


@pytest.mark.parametrize("layout", UNSEEN, ids=lambda layout: layout.name)
def test_a_layout_gives_another_mail_for_each_of_many_numbers_and_the_same_for_the_same(layout: Layout) -> None:
    """A body that names nothing but a person repeats after 272 numbers; with its subject no mail repeats."""
    question = QUESTIONS[layout.language][0]
    mails = [layout.wrap(question, number) for number in range(1_000)]

    assert len(set(mails)) == len({subject for subject, _ in mails}) == 1_000
    assert all(len({body for _, body in mails[start : start + 250]}) == 250 for start in range(0, 1_000, 250))
    assert layout.wrap(question, 3) == mails[3]


def test_layouts_are_told_apart_by_name_language_and_kind() -> None:
    names = [layout.name for layout in UNSEEN]

    assert len(set(names)) == len(names) >= 24
    assert {(layout.language, layout.kind) for layout in UNSEEN} == {
        (a, b) for a in ("en", "es") for b in ("html", "plain")
    }


def test_each_list_of_people_and_threads_is_long_and_without_repeats() -> None:
    lists = [
        PRONOUNS,
        *(values for table in (FIRST, LAST, COMPANY, STREET, TOWN, JOB, SLOGAN, EARLIER) for values in table.values()),
    ]

    assert [values for values in lists if len(set(values)) < max(12, len(values))] == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_entry_of_a_list_is_taken_by_some_number(language: str) -> None:
    mails = [mail_of(language, number) for number in range(1_000)]

    assert {mail.customer.street for mail in mails} == set(STREET[language])
    assert {mail.customer.company for mail in mails} == set(COMPANY[language])
    assert {mail.earlier for mail in mails} == set(EARLIER[language])
    assert all(len({mail.earlier, mail.older, mail.oldest}) == 3 for mail in mails)


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.name)
def test_a_kept_ticket_holds_what_it_must_contain(kept: Kept) -> None:
    """In HTML as a browser shows it."""
    shown = unescape(re.sub(r"<[^>]*>", " ", kept.body)) if kept.body.startswith("<") else kept.body

    assert [part for part in kept.must_contain if " ".join(part.split()) not in " ".join(shown.split())] == []


def test_kept_tickets_are_told_apart_by_name() -> None:
    names = [kept.name for kept in KEPT]

    assert len(set(names)) == len(names) >= 25
