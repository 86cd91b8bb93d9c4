"""Labels that are one, labels that may be one, and the labels of a taxonomy that names become."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.answer.taxonomy_file import parse
from projects.tickets.spellings import LONGEST_LABEL, alike, folded, shown, slug, slugs
from tests.projects.examples import taxonomy_of

LABEL = re.compile(r"[^\s/]+")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Envíos", "envios"),
        ("Envíos", " ENVÍOS  "),
        ("Envíos", "Envi\u0301os"),
        ("Log  in", "log\u00a0in"),
        ("Straße", "STRASSE"),
        ("\uff30\uff41gos", "pagos"),
        ("\ufeffPagos", "Pa\u00adgos"),
        ("ﬁnance", "Finance"),
    ],
)
def test_spellings_that_differ_only_in_case_blanks_accents_and_form_are_one(one: str, other: str) -> None:
    """Nobody is asked about these."""
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"), [("C++", "C#"), ("C++", "C"), ("Plan A", "Plan B"), ("a/b", "a b"), ("で", "て"), ("???", "!!!")]
)
def test_spellings_that_differ_in_a_letter_or_a_sign_are_two(one: str, other: str) -> None:
    """Signs and the voicing of kana tell labels apart."""
    assert folded(one) != folded(other)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    """So is showing: what was written to a file once is not changed by the next run."""
    assert folded(folded(text)) == folded(text)
    assert shown(shown(text)) == shown(text)
    assert folded(shown(text)) == folded(text)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Facturación", "facturacion"),
        ("Card not working", "card_not_working"),
        ("a/b", "a_b"),
        ("=1+1", "equals_1_plus_1"),
        ("🚚", "delivery_truck"),
        ("Don't know", "dont_know"),
        ("  Envíos & Devoluciones ", "envios_devoluciones"),
        ("配送", "配送"),
    ],
)
def test_a_label_can_be_read_and_typed(name: str, label: str) -> None:
    """Letters and numbers with underscores between them; symbols have their names."""
    assert slug(name) == label


@given(st.sets(st.text().filter(lambda text: shown(text) != ""), min_size=1, max_size=8))
def test_any_names_become_a_valid_taxonomy(written: set[str]) -> None:
    """Whatever people call their categories: each gets a label that no other has, and the file is accepted."""
    names = {folded(name): shown(name) for name in sorted(written)}

    labels = slugs(names)

    assert len({label.casefold() for label in labels.values()}) == len(names)
    assert all(LABEL.fullmatch(label) and len(label) <= LONGEST_LABEL + 8 for label in labels.values())
    document = parse(taxonomy_of({(labels[key], None): name for key, name in names.items()}), "of a test")
    assert {table.name["es"] for table in document.categories.values()} == set(names.values())


def test_a_name_keeps_its_label_when_another_comes_that_looks_like_it() -> None:
    """`a b` is nothing more than its label; `a/b` gets a mark, the same one whatever else there is."""
    both = slugs({folded(name): name for name in ("a/b", "a b")})
    three = slugs({folded(name): name for name in ("a/b", "a b", "a-b")})

    assert both["a b"] == three["a b"] == "a_b"
    assert both["a/b"] == three["a/b"] != "a_b"
    assert len(set(three.values())) == 3


def test_a_label_of_500_characters_is_cut_and_stays_different() -> None:
    """Two long names that differ only at their end have two labels."""
    first, second = slug("x" * 500 + "1"), slug("x" * 500 + "2")

    assert first != second
    assert len(first) <= LONGEST_LABEL


@pytest.mark.parametrize(
    "names",
    [
        ("Envíos", "Envío"),
        ("Pagos", "Pago"),
        ("Facturación", "Facturción"),
        ("Facturación", "Facutración"),
        ("Instalaciones", "Instalación"),
        ("Log in", "Login"),
        ("Top-up", "top up", "TopUp"),
        ("Problemas de pago", "Problemas pago"),
        ("Refund requests", "Refund request"),
        ("Pagos", "Pagoos"),
    ],
)
def test_plurals_typing_errors_and_separators_are_asked_about(names: tuple[str, ...]) -> None:
    """Together with how many tickets each has, the most frequent first."""
    counts = {name: 10 - number for number, name in enumerate(names)}

    (found,) = alike({"Otra cosa": 50, **counts})

    assert found == (names, tuple(counts.values()))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("card", "cart"),
        ("Plan A", "Plan B"),
        ("Plan A", "Plan"),
        ("Nivel 1", "Nivel 2"),
        ("Nivel 1.1", "Nivel 11"),
        ("Nivel I", "Nivel II"),
        ("Import", "Export"),
        ("Filling", "Billing"),
        ("Envíos", "Enlaces"),
        ("Ventas", "Rentas"),
        ("C++", "C#"),
        ("Q1", "Q2"),
        ("Cuenta nueva", "Cuenta vieja"),
        ("Internal", "External"),
        ("配送", "配達"),
    ],
)
def test_labels_that_mean_other_things_are_not_asked_about(one: str, other: str) -> None:
    """Short words, numbers, letters and first letters tell labels apart."""
    assert alike({one: 5, other: 5}) == []


def test_three_thousand_labels_are_compared_in_no_time() -> None:
    """As many as an export with identifiers for subcategories has."""
    counts = {f"label {'abcdefghij'[n % 10]}{n}": 1 for n in range(3000)}

    assert alike({**counts, "Envío": 1, "Envíos": 2})[0].labels == ("Envíos", "Envío")
