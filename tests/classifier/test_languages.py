"""Languages: those that a model has learned, and the probability that a text is written in one of them."""

import random
from pathlib import Path

import pytest

from classifier.languages import EMBEDDED_LANGUAGES, ENOUGH_TEXTS, WRITTEN_LANGUAGES, Languages
from classifier.tickets import read_tickets, ticket_text

ORDERS = Path(__file__).parent / "data" / "mtod-es-bench.jsonl.gz"

ENGLISH = ["Where is my card? It was ordered two weeks ago", "I cannot log in to my account since this morning"]
SPANISH = ["¿Dónde está mi tarjeta? La pedí hace dos semanas", "No puedo entrar en mi cuenta desde esta mañana"]
FRENCH = ["Où est ma carte bancaire ? Je l'ai commandée", "Je ne peux plus me connecter à mon compte"]
READS_ENGLISH = Languages(("en",), ("en", "es"))


def many(*texts: str) -> list[str]:
    return [*texts] * ENOUGH_TEXTS


@pytest.mark.parametrize(
    ("texts", "known", "told_apart"),
    [
        (many(*ENGLISH), ("en",), ("en", "es")),
        (many(*SPANISH), ("es",), ("en", "es")),
        (many(*ENGLISH) + many(*SPANISH), ("en", "es"), ("en", "es")),
        (many(*FRENCH), ("fr",), ("en", "es", "fr")),
    ],
    ids=["English", "Spanish", "both", "French"],
)
def test_the_languages_of_the_training_tickets_are_learned(
    texts: list[str], known: tuple[str, ...], told_apart: tuple[str, ...]
) -> None:
    """The rules' languages are always told apart; others only when tickets are written in them."""
    assert Languages.of(texts) == (known, told_apart)


def test_a_few_tickets_of_another_language_do_not_make_it_a_learned_one() -> None:
    """One Spanish ticket in a hundred English ones is an exception."""
    assert Languages.of([*many(*ENGLISH), *SPANISH]).known == ("en",)


def test_too_few_tickets_judge_no_language() -> None:
    """A model of a handful of tickets takes every text for a known one, instead of doubting them all."""
    learned = Languages.of(ENGLISH * 3)

    assert learned.weigh([*ENGLISH, *SPANISH]) == pytest.approx([1.0] * 4)


def test_a_text_in_an_unknown_language_is_told_from_a_known_one() -> None:
    """A sentence decides; a word or a number alone is taken for a known language."""
    known = READS_ENGLISH.weigh([*ENGLISH, *SPANISH, "PIN", "Visa?", "4711", ""])

    assert (known[:2] > 0.999).all()
    assert (known[2:4] < 0.001).all()
    assert (known[4:] > 0.9).all()


def test_short_spanish_texts_are_not_taken_for_galician() -> None:
    """A hundred and fifty orders are Spanish alone, whichever they are: many of them together decide, not one line."""
    orders = [ticket_text(ticket.subject, ticket.description) for ticket in read_tickets([ORDERS], "bench")]
    drawn = random.Random(20261130)
    learned = {Languages.of(drawn.sample(orders, 150)).known for _ in range(20)}

    assert learned == {("es",)}


def test_no_texts_are_no_error() -> None:
    """An empty call has an empty answer."""
    assert READS_ENGLISH.weigh([]).shape == (0,)


def test_a_signature_in_names_does_not_make_a_text_foreign() -> None:
    """Names, jobs and addresses under a question are no other language."""
    text = f"{ENGLISH[0]}\n\nBest regards,\nMargaret Thornbury\nHead of Procurement, Ashgrove Interiors Ltd"

    assert READS_ENGLISH.weigh([text])[0] > 0.98


def test_languages_are_named() -> None:
    """Each text has a language: a known one where that is more probable, even of one word."""
    judged = Languages(("en",), EMBEDDED_LANGUAGES).judge(
        [ENGLISH[0], SPANISH[0], FRENCH[0], "где моя посылка?", "PIN"]
    )

    assert judged.languages == ["en", "es", "fr", "ru", "en"]
    assert (judged.known > 0.5).tolist() == [True, False, False, False, True]


def test_few_texts_can_be_enough() -> None:
    """Where another language has a reader of its own, a dozen tickets tell what was learned."""
    assert Languages.of(SPANISH * 6, 8, WRITTEN_LANGUAGES).known == ("es",)
    assert Languages.of(SPANISH * 6).known == ()


def test_orders_in_english_are_no_pidgin() -> None:
    """Among all languages short orders look like others; only written ones are looked for beside an embedding."""
    orders = many("set alarm for five am tomorrow", "remind me to call mum", "will it rain today", "cancel the alarm")

    assert Languages.of(orders, 8, WRITTEN_LANGUAGES).known == ("en",)
