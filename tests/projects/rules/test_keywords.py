"""Keywords: what may become one, which are chosen, and that their figures come from other tickets."""

import random
from collections import defaultdict

import pytest

from consumer.answer.keyword_rules import Rules
from consumer.answer.taxonomy import from_document
from consumer.answer.taxonomy_file import parse
from projects.accuracy.folds import folds
from projects.rules.keyword_counts import counts
from projects.rules.keywords import Mined, chosen, mined
from projects.rules.phrases import candidates, names_in
from projects.rules.rules import mined_rules
from projects.tickets.labelled import Example
from projects.tickets.repeats import fingerprints, grouped
from tests.projects.examples import A_DAY, WHAT, example, labelled, rows, taxonomy_of
from tickets.text.cleaning import Cleaned

FILLING = [f"{one}{two}" for one in "bcdfglmnpt" for two in ("ara", "elo", "ino", "ora", "umi")]


def keywords_of(examples: list[Example]) -> list[Mined]:
    parts = folds(grouped(examples, fingerprints(examples)))
    return [keyword for of_language in counts(parts) for keyword in mined(of_language)]


def noise(chance: random.Random, words: int = 6) -> str:
    return " ".join(chance.sample(FILLING, words))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my parcel 12345 is late", {"parcel", "late"}),
        ("Hola buenas tardes, gracias", set()),
        ("the 2024 invoice of ana@example.com, 3.50 EUR", {"invoice"}),
        ("el pedido no llega", {"pedido", "no llega", "llega"}),
        ("I cannot log in", {"log", "log in", "cannot log"}),
        ("see https://example.com/refund/9", set()),
    ],
)
def test_numbers_addresses_stop_words_and_greetings_are_no_keywords(text: str, expected: set[str]) -> None:
    """And no part of a phrase, but for words that turn its meaning round."""
    assert candidates(Cleaned("", text, 0), frozenset()) == expected


def test_names_of_people_are_no_keywords() -> None:
    """Known by their capital within a sentence, or by the greeting before them."""
    names = names_in(
        [
            "Hola Marta, el pedido de Lucía no llega.\nPedido perdido. Gracias, Marta",
            "hola marta, quería saber del pedido",
            "The parcel for Thomas is late. Parcel lost",
            "POR FAVOR AYUDA CON EL PEDIDO",
        ]
    )

    assert {"marta", "lucia", "thomas"} <= names
    assert not names & {"pedido", "parcel", "late", "ayuda"}


def test_words_that_tell_a_category_are_found_in_each_language() -> None:
    """Every category gets some, in Spanish and in English."""
    examples = [
        example(text, category, line=line, language=("es", "en")[subject == "Hello"])
        for line, (subject, text, category) in enumerate(rows(), 2)
    ]

    found = keywords_of(examples)

    by_label = defaultdict(set)
    for keyword in found:
        by_label[keyword.category, keyword.language].add(keyword.text)
    assert by_label["Envíos", "es"] == {"paquete"}
    assert by_label["Acceso", "es"] == {"contraseña"}
    assert by_label["Facturación", "en"] == {"invoice"}
    assert len(by_label) == 2 * len(WHAT)
    assert all(keyword.precision == 1 for keyword in found)


def test_words_that_have_nothing_to_do_with_the_labels_are_seldom_chosen() -> None:
    """Of fifty words in eight files without any sense, three at most in all."""
    found = 0
    for seed in range(8):
        chance = random.Random(seed)
        found += len(keywords_of([example(noise(chance), chance.choice("abcde"), line=line) for line in range(2, 302)]))

    assert found <= 3


def test_figures_are_those_of_tickets_that_did_not_choose_the_keyword() -> None:
    """Counted again ticket by ticket: a part counts where the other parts chose the keyword, and only there."""
    chance = random.Random(3)
    examples = []
    for line in range(2, 302):
        word = chance.choice("abcdefghijkl")
        # Each word is right in about three of four cases: some parts' others choose it, some do not.
        label = "xyz"[ord(word) % 3] if chance.random() < 0.62 else chance.choice("xyz")
        examples.append(example(f"{noise(chance, 3)} word{word * 3}", label, line=line))
    parts = folds(grouped(examples, fingerprints(examples)))
    (counted,) = counts(parts)
    chosen_without = [
        {
            (counted.phrases[one.phrase], counted.categories[one.category])
            for one in chosen(counted, counted.parts != part)
        }
        for part in range(len(parts))
    ]

    found = mined(counted)

    assert len(found) >= 3
    for keyword in found:
        measuring = [
            one.category
            for part, keywords in zip(parts, chosen_without, strict=True)
            if (keyword.text, keyword.category) in keywords
            for one in part
            if keyword.text in one.description.split()
        ]
        assert keyword.n == len(measuring)
        assert keyword.precision == pytest.approx(measuring.count(keyword.category) / len(measuring), abs=1e-4)
    holding = {keyword.text: sum(keyword.text in one.description.split() for one in examples) for keyword in found}
    assert any(keyword.n < holding[keyword.text] for keyword in found)


def test_said_precision_is_true_of_new_tickets() -> None:
    """Words that are right in seven of ten cases are said to be."""
    chance = random.Random(7)

    def ticket(line: int) -> Example:
        category = chance.choice("abcd")
        told = category if chance.random() < 0.85 else chance.choice("abcd")
        return example(f"{noise(chance, 4)} sign{told * 3}", category, line=line)

    found = keywords_of([ticket(line) for line in range(2, 602)])
    new = [ticket(line) for line in range(2000)]

    said = {keyword.text: keyword for keyword in found if keyword.n > 50}
    assert set(said) == {"signaaa", "signbbb", "signccc", "signddd"}
    for text, keyword in said.items():
        holding = [one.category for one in new if text in one.description.split()]
        assert keyword.precision == pytest.approx(holding.count(keyword.category) / len(holding), abs=0.08)


def test_a_keyword_names_the_subcategory_that_it_tells() -> None:
    """And one that tells the category alone names none."""
    chance = random.Random(1)
    examples = [
        example(f"{noise(chance, 3)} parcel {word}", "delivery", word, line=line)
        for line, word in enumerate(["late", "broken"] * 30)
    ] + [example(f"{noise(chance, 3)} invoice", "billing", line=line) for line in range(100, 160)]

    found = {keyword.text: keyword for keyword in keywords_of(examples)}

    assert found["parcel"].subcategory is None
    assert (found["broken"].subcategory, found["broken"].subcategory_precision) == ("broken", 1.0)


def test_the_rules_understand_the_taxonomy() -> None:
    """They answer by its keywords, and by its default where there is none."""
    chance = random.Random(2)
    examples = [
        example(f"{noise(chance)} {word}".strip(), category, line=line)
        for line, (word, category) in enumerate([("invoice", "billing"), ("parcel", "delivery"), ("", "other")] * 40)
    ]
    parts = folds(grouped(examples, fingerprints(examples)))

    found = mined_rules(parts, labelled(examples).names, ("es", "en"), A_DAY)
    taxonomy = from_document(parse(found.taxonomy, "of a test"))
    rules = Rules(taxonomy)

    assert rules.answer("", "where is the Invoice?", "en").category == "billing"
    assert rules.answer("", "qwerty", "en").explanation == ("rule.default",)
    assert taxonomy.default.category == "other"
    assert taxonomy.default.precision > 0.9
    assert found.figures.precision is not None
    assert found.figures.precision > 0.9
    assert found.figures.answered == pytest.approx(2 / 3, abs=0.08)


def test_a_taxonomy_of_odd_keywords_and_names_is_read_back_as_it_was() -> None:
    """Quotes, backslashes, dots and signs of TOML in names and keywords."""
    names = {("a", None): 'say "yes" \\ no', ("a", "b.c"): "= # [x]", ("d", None): "\u0007\u00e9🚚"}
    keywords = [Mined('o"ne two', "en", "a", 0.5, 2, "b.c", 1.0)]

    document = parse(taxonomy_of(names, keywords), "of a test")

    assert document.categories["a"].name == {"en": 'say "yes" \\ no', "es": 'say "yes" \\ no'}
    assert document.categories["a"].subcategories["b.c"]["es"] == "= # [x]"
    assert document.keywords["en"]['o"ne two'].subcategory_precision == 1.0
