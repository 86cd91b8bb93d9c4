"""The final layouts hold the question in one piece, and differ by number."""

import re
from collections import Counter
from html import unescape

import pytest

from tests.support.mail_layouts import final_people, final_phrases
from tests.support.mail_layouts.unseen_threads import Kept, Layout
from tests.support.mail_layouts_final import FINAL, FINAL_KEPT

QUESTIONS = {
    "en": (
        "Why is my top-up still pending?",
        (
            'The app says "a < b & c" since I paid £20 with my other card; the shop has been paid, and the amount is'
            " shown twice. Which of the two is right, and when do I get the other one back?"
        ),
        "I have a new phone.\n\nHow do I move the app?\nThe old phone is lost.",
    ),
    "es": (
        "¿Por qué sigue pendiente mi recarga?",
        (
            'La aplicación dice "a < b & c" desde que pagué 20 € con la otra tarjeta; la tienda ya ha cobrado y el'
            " importe sale dos veces. ¿Cuál de los dos es el bueno y cuándo me devuelven el otro?"
        ),
        "Tengo un teléfono nuevo.\n\n¿Cómo paso la aplicación?\nHe perdido el viejo.",
    ),
}


def shown(kind: str, body: str) -> str:
    """What a reader sees, with white space folded."""
    if kind == "html":
        body = unescape(re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<(style|head)\b.*?</\1>", " ", body)))
    return " ".join(body.split())


@pytest.mark.parametrize("layout", FINAL, ids=lambda layout: layout.name)
@pytest.mark.parametrize("number", [0, 1, 59, 2_005])
def test_every_layout_holds_the_question_once_and_in_one_piece(layout: Layout, number: int) -> None:
    for question in QUESTIONS[layout.language]:
        assert shown(layout.kind, layout.wrap(question, number)[1]).count(" ".join(question.split())) == 1


@pytest.mark.parametrize("layout", FINAL, ids=lambda layout: layout.name)
def test_a_layout_gives_another_mail_for_each_number_and_the_same_for_the_same(layout: Layout) -> None:
    question = QUESTIONS[layout.language][0]
    mails = [layout.wrap(question, number) for number in range(500)]

    assert len(set(mails)) >= 495
    assert len({body for _, body in mails[:100]}) >= 95
    assert len({subject for subject, _ in mails}) >= 6
    assert layout.wrap(question, 3) == mails[3]


def test_layouts_are_evenly_of_both_languages_and_told_apart_by_name() -> None:
    names = {layout.name for layout in FINAL}

    assert len(names) == len(FINAL)
    assert 24 <= len(FINAL) <= 30
    assert Counter(layout.language for layout in FINAL) == {"en": len(FINAL) / 2, "es": len(FINAL) / 2}
    assert {(layout.language, layout.kind) for layout in FINAL} == {
        (a, b) for a in ("en", "es") for b in ("html", "plain")
    }


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_list_has_six_entries_or_more_without_repeats(language: str) -> None:
    tables = {
        name: table[language]
        for module in (final_people, final_phrases)
        for name, table in vars(module).items()
        if name.isupper()
    }

    assert [name for name, entries in tables.items() if len(set(entries)) < max(6, len(entries))] == []


def test_all_addresses_are_invented() -> None:
    bodies = [layout.wrap("?", number)[1] for layout in FINAL for number in range(20)]
    hosts = {host for body in bodies for host in re.findall(r"(?:@|https?://|www\.)([\w.-]+\.[a-z]+)\b", body)}

    assert [host for host in hosts if not host.endswith(".example")] == ["www.w3.org"]


@pytest.mark.parametrize("kept", FINAL_KEPT, ids=lambda kept: kept.name)
def test_a_kept_ticket_holds_what_it_must_contain(kept: Kept) -> None:
    """In HTML as a browser shows it."""
    text = shown("html" if kept.body.startswith("<") else "plain", kept.body)

    assert [part for part in kept.must_contain if " ".join(part.split()) not in text] == []


def test_kept_tickets_are_told_apart_by_name() -> None:
    names = {kept.name for kept in FINAL_KEPT}

    assert len(names) == len(FINAL_KEPT) >= 30
