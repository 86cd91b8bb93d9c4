import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.answer.keyword_rules import Rules, lower_bound
from consumer.answer.taxonomy import Taxonomy, load_taxonomy

SHIPPED = load_taxonomy()
RULES = Rules(SHIPPED)
CODES = {f"rule.keyword:{keyword.text}" for keyword in SHIPPED.keywords} | {"rule.default"}

FEW = """
version = "1"
languages = ["es", "en"]
default = { category = "cards", precision = 0.3, n = 50 }

[categories.cards]
name = { es = "Tarjetas", en = "Cards" }
subcategories = { lost = { es = "Perdida", en = "Lost" }, pin = { es = "PIN", en = "PIN" } }

[categories.billing]
name = { es = "Facturación", en = "Billing" }
subcategories = { refund = { es = "Reembolso", en = "Refund" }, bill = { es = "Factura", en = "Bill" } }

[categories.transfers]
name = { es = "Transferencias", en = "Transfers" }

[keywords.en]
card = { category = "cards", precision = 0.6, n = 100 }
"lost card" = { category = "cards", precision = 0.9, n = 50, subcategory = "lost", subcategory_precision = 0.8 }
pin = { category = "cards", precision = 0.8, n = 100, subcategory = "pin", subcategory_precision = 0.5 }
refund = { category = "billing", precision = 0.95, n = 200, subcategory = "refund", subcategory_precision = 0.9 }
transfer = { category = "transfers", precision = 0.7, n = 100 }

[keywords.es]
pin = { category = "cards", precision = 1.0, n = 2 }
"devolución" = { category = "billing", precision = 0.9, n = 10 }
factura = { category = "billing", precision = 1.0, n = 20, subcategory = "bill", subcategory_precision = 1.0 }
"""


@pytest.fixture
def few(tmp_path: Path) -> Rules:
    path = tmp_path / "few.toml"
    path.write_text(FEW, "utf-8")
    return Rules(load_taxonomy(path))


@pytest.mark.parametrize(
    "text",
    [
        "No puedo pagar mi fac\u00adtu\u00adra",
        "No puedo pagar mi fac\u200btu\u200cra\u200e",
        "No puedo pagar\u00a0mi\u3000factura",
        "No puedo pagar mi \uff46\uff41\uff43\uff54\uff55\uff52\uff41",
    ],
)
def test_unseen_characters_do_not_hide_a_keyword(text: str) -> None:
    """Soft hyphens, zero-width characters, other spaces and full-width letters change nothing."""
    assert RULES.answer("", text) == RULES.answer("", "No puedo pagar mi factura")


@pytest.mark.parametrize("language", [None, "es", "es-MX", "en", "fr"])
def test_an_unpayable_invoice_in_spanish(language: str | None) -> None:
    """ "Problema con pago" is a billing/payment_issue, with a confidence that suffices and says why."""
    answer = RULES.answer("Problema con pago", "No puedo pagar mi factura", language)

    assert (answer.category, answer.subcategory) == ("billing", "payment_issue")
    assert 0.6 <= answer.confidence < 0.95
    assert "rule.keyword:factura" in answer.explanation


def test_the_most_trustworthy_keyword_decides(few: Rules) -> None:
    """The category and its confidence are the best keyword's; other categories found become alternatives."""
    answer = few.answer("lost card", "no refund, my transfer is gone too", "en")

    assert (answer.category, answer.subcategory) == ("billing", "refund")
    assert answer.confidence == lower_bound(0.95, 200)
    assert answer.subcategory_confidence == lower_bound(0.9, 190)
    assert answer.explanation == ("rule.keyword:refund",)
    assert [label.category for label in answer.alternatives] == ["cards", "transfers"]
    assert answer.confidence + sum(label.confidence for label in answer.alternatives) == pytest.approx(1)


def test_the_subcategory_may_come_from_another_keyword_of_the_category(few: Rules) -> None:
    """The subcategory comes from the keyword of the category that is most reliable for it."""
    answer = few.answer("", "a lost card, and the pin", "en")

    assert (answer.category, answer.subcategory) == ("cards", "lost")
    assert answer.explanation == ("rule.keyword:lost card",)


def test_nothing_found_is_said_so(few: Rules) -> None:
    """Without a keyword the stated default is answered with its own low confidence."""
    answer = few.answer("", "hello", None)

    assert answer == ("cards", None, lower_bound(0.3, 50), None, (), ("rule.default",))


@pytest.mark.parametrize("text", ["DEVOLUCIÓN", "devolucion.", "¿Mi devolucio\u0301n?", "(Devolución)"])
def test_case_accents_and_punctuation_do_not_matter(few: Rules, text: str) -> None:
    """A keyword is found in any case, accents and punctuation."""
    assert few.answer(text, "", "es").explanation == ("rule.keyword:devolución",)


@pytest.mark.parametrize("text", ["devoluciones", "predevolución", "refunding", "pinned"])
def test_a_part_of_a_word_is_no_keyword(few: Rules, text: str) -> None:
    """Keywords end where words end."""
    assert few.answer("", text, None).explanation == ("rule.default",)


def test_no_phrase_runs_from_the_subject_into_the_description(few: Rules) -> None:
    """The words of a phrase must be adjacent, and in one of the two texts."""
    assert few.answer("I lost", "card", "en").subcategory is None
    assert few.answer("", "lost, card", "en").subcategory == "lost"


def test_the_stated_language_is_heard_first(few: Rules) -> None:
    """A word of two languages counts for the stated language; other languages count when it has no keyword."""
    assert few.answer("", "pin", "en-GB").confidence == lower_bound(0.8, 100)
    assert few.answer("", "pin", "es").confidence == lower_bound(1.0, 2)
    assert few.answer("", "factura", "en").category == "billing"


def test_without_a_stated_language_the_one_with_more_keywords_is_heard(few: Rules) -> None:
    """Without a language, the one with the most keywords counts; of equally many, the one trusted least."""
    assert few.answer("", "pin de la factura", None).category == "billing"
    assert few.answer("", "pin, refund", None).category == "billing"
    assert few.answer("", "pin", None).confidence == lower_bound(1.0, 2)


@pytest.mark.parametrize(
    ("share", "n", "expected"),
    [(1.0, 1, 0.270), (1.0, 11, 0.803), (1.0, 110, 0.976), (0.5, 100, 0.419), (0.0, 10, 0.0), (0.9, 0, 0.0)],
)
def test_few_tickets_leave_little_confidence(share: float, n: int, expected: float) -> None:
    """Confidence is Wilson's one-sided 95 % bound of the measured share."""
    assert expected == pytest.approx(lower_bound(share, n), abs=0.0005)


VOCABULARY = sorted({word for keyword in SHIPPED.keywords for word in keyword.text.split()})


@settings(deadline=None, max_examples=200)
@given(
    st.one_of(st.text(), st.lists(st.sampled_from(VOCABULARY)).map(" ".join)),
    st.lists(st.sampled_from(VOCABULARY)).map(" ".join),
    st.sampled_from([None, "es", "en", "xx", ""]),
)
def test_any_text_gets_a_sound_answer(subject: str, description: str, language: str | None) -> None:
    """Labels are the taxonomy's, probabilities sum to at most 1 in falling order, codes hold no word of the ticket."""
    answer = RULES.answer(subject, description, language)

    labels = [answer[:2], *((label.category, label.subcategory) for label in answer.alternatives)]
    confidences = [answer.confidence, *(label.confidence for label in answer.alternatives)]
    assert labels == [SHIPPED.translate(*label) for label in labels]
    assert len({category for category, _ in labels}) == len(labels) <= 4
    assert sorted(confidences[1:], reverse=True) == confidences[1:]
    assert all(0 <= confidence <= answer.confidence for confidence in confidences)
    assert sum(confidences) <= 1 + 1e-9
    assert set(answer.explanation) <= CODES


def all_keywords(taxonomy: Taxonomy) -> str:
    return " ".join(keyword.text for keyword in taxonomy.keywords)


@pytest.mark.parametrize("text", ["pagar " * 43_690, "top " * 65_536, "a" * 262_144, all_keywords(SHIPPED) * 60])
def test_hostile_text_takes_linear_time(text: str) -> None:
    """The longest ticket that is accepted takes a fraction of a second."""
    began = time.process_time()

    RULES.answer("", text[:262_144], None)

    assert time.process_time() - began < 2
