"""The measuring layouts hold the question's words, and differ by number."""

import re
from collections import Counter
from html import unescape

import pytest

from tests.support.mail_layouts import measuring_people, measuring_phrases
from tests.support.mail_layouts.measuring_mail import mail_of, sentences
from tests.support.mail_layouts.unseen_threads import Kept, Layout
from tests.support.mail_layouts_measuring import MEASURING, MEASURING_KEPT

QUESTIONS = {
    "en": (
        "Why was I charged twice?",
        (
            'The app says "a < b & c" when I top up £20 from my other bank; the money has left. When will the payment'
            " reach my account, and is there a fee that I should know of? I don't want to pay twice."
        ),
        "My new card came today.\n\nHow do I activate it?\nI have no code.",
    ),
    "es": (
        "¿Por qué me han cobrado dos veces?",
        (
            'La aplicación dice "a < b & c" cuando meto 20 € desde otro banco; el dinero ya ha salido. ¿Cuándo llegará'
            " el pago a mi cuenta y qué comisión tiene? No quiero pagar dos veces."
        ),
        "Hoy ha llegado la tarjeta.\n\n¿Cómo la activo?\nNo tengo código.",
    ),
}
INVISIBLE = r"(?s)<(style|head|xml)\b.*?</\1>|<!--.*?-->"


def words(layout: Layout, body: str) -> list[str]:
    """The words that a reader sees, in lower case."""
    if layout.kind == "html":
        body = unescape(re.sub(r"<[^>]*>", " ", re.sub(INVISIBLE, " ", body)))
    return body.casefold().split()


def place(words: list[str], part: list[str], start: int) -> int:
    """Find the end of the part's first place from a start on; -1 where there is none."""
    ends = range(start + len(part), len(words) + 1)
    return next((end for end in ends if words[end - len(part) : end] == part), -1)


@pytest.mark.parametrize("layout", MEASURING, ids=lambda layout: layout.name)
@pytest.mark.parametrize("number", [0, 1, 58, 2_004])
def test_every_layout_holds_the_sentences_of_the_question_in_their_order(layout: Layout, number: int) -> None:
    for question in QUESTIONS[layout.language]:
        shown, end = words(layout, layout.wrap(question, number)[1]), 0
        for sentence in sentences(question):
            end = place(shown, sentence.casefold().split(), end)
            assert end > 0, sentence


@pytest.mark.parametrize("layout", MEASURING, ids=lambda layout: layout.name)
def test_only_an_interleaved_answer_parts_the_question(layout: Layout) -> None:
    for question in QUESTIONS[layout.language][1:]:
        whole = place(words(layout, layout.wrap(question, 5)[1]), question.casefold().split(), 0)
        assert (whole < 0) == ("interleaved" in layout.name)


@pytest.mark.parametrize("layout", MEASURING, ids=lambda layout: layout.name)
def test_a_layout_gives_another_mail_for_each_number_and_the_same_for_the_same(layout: Layout) -> None:
    """What is varied beside the subject and the question takes eight forms or more, soon."""
    question = QUESTIONS[layout.language][0]
    mails = [layout.wrap(question, number) for number in range(500)]

    assert len(set(mails)) == 500
    assert len({body for _, body in mails[:100]}) >= 80
    assert layout.wrap(question, 3) == mails[3]


def test_layouts_are_evenly_of_both_languages_and_told_apart_by_name() -> None:
    names = {layout.name for layout in MEASURING}
    languages = Counter(layout.language for layout in MEASURING)

    assert len(names) == len(MEASURING) >= 36
    assert abs(languages["en"] - languages["es"]) <= 4
    assert {(layout.language, layout.kind) for layout in MEASURING} == {
        (language, kind) for language in ("en", "es") for kind in ("html", "plain")
    }


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_list_has_eight_entries_and_each_is_taken_by_some_number(language: str) -> None:
    tables = {
        name.lower(): table[language]
        for module in (measuring_people, measuring_phrases)
        for name, table in vars(module).items()
        if name.isupper()
    }
    mails = [mail_of(language, number) for number in range(500)]

    assert [name for name, entries in tables.items() if len(set(entries)) < max(8, len(entries))] == []
    assert len({mail.disclaimer[:20] for mail in mails}) >= 8
    for name in tables.keys() - {"disclaimer", "greeting", "topic"}:
        assert {getattr(mail, name) for mail in mails} == set(tables[name]), name


def test_all_addresses_are_invented() -> None:
    bodies = [layout.wrap("?", number)[1] for layout in MEASURING for number in range(20)]
    hosts = {host for body in bodies for host in re.findall(r"(?:@|https?://)([\w.-]+\.[a-z]+)\b", body)}

    assert [host for host in hosts if not host.endswith(".example")] == []


@pytest.mark.parametrize("kept", MEASURING_KEPT, ids=lambda kept: kept.name)
def test_a_kept_ticket_holds_what_it_must_contain(kept: Kept) -> None:
    """In HTML as a browser shows it."""
    shown = unescape(re.sub(r"<[^>]*>", " ", kept.body)) if kept.body.startswith("<") else kept.body

    assert [part for part in kept.must_contain if " ".join(part.split()) not in " ".join(shown.split())] == []


def test_kept_tickets_are_told_apart_by_name() -> None:
    names = {kept.name for kept in MEASURING_KEPT}

    assert len(names) == len(MEASURING_KEPT) >= 40
