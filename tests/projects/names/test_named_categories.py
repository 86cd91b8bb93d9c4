"""Categories from names alone: how they are written, and what their rules find."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from consumer.answer.keyword_rules import Rules
from consumer.answer.taxonomy import Taxonomy, from_document
from consumer.answer.taxonomy_file import parse
from consumer.errors import ConfigurationError
from projects.names.named_categories import Named, read, taxonomy_of

SPANISH = "Facturación: cobros y reembolsos; Envíos: dónde está mi paquete; Devoluciones y cambios; Otros"
ENGLISH = "Billing, Shipping, Returns, Other questions"


@cache
def taxonomy(*values: str) -> Taxonomy:
    return from_document(parse(taxonomy_of(read(values), date(2026, 12, 3)), "made"))


def answer(values: str, ticket: str) -> str:
    return Rules(taxonomy(values)).answer("", ticket).category


@pytest.mark.parametrize(
    ("values", "ticket", "category"),
    [
        (SPANISH, "No me llega la factura de mayo", "facturacion"),
        (SPANISH, "Quiero devolver unos zapatos", "devoluciones_y_cambios"),
        (SPANISH, "Mi envío sigue sin llegar", "envios"),
        (SPANISH, "¿Por dónde va el PAQUETE?", "envios"),
        (SPANISH, "Los reembolsos tardan demasiado", "facturacion"),
        (SPANISH, "Buenas tardes", "otros"),
        (SPANISH, "Where is my parcel?", "envios"),
        (SPANISH, "Me cobraron dos veces", "facturacion"),
        (SPANISH, "Your invoice is wrong", "facturacion"),
        (ENGLISH, "¿Cuándo llega el repartidor?", "shipping"),
        (ENGLISH, "I was billed twice", "billing"),
        (ENGLISH, "Has it shipped yet?", "shipping"),
        (ENGLISH, "Can I return this?", "returns"),
        (ENGLISH, "I have a question", "other_questions"),
    ],
)
def test_tickets_with_a_word_of_a_category_find_it(values: str, ticket: str, category: str) -> None:
    """Also in plural, as the verb of a noun, and in the other language; without a word they become what is left."""
    assert answer(values, ticket) == category


def test_words_of_names_come_before_those_of_sentences() -> None:
    """A word of one name counts for that category, also where a sentence has the word; a word of two for none."""
    values = "Pagos: problemas con la factura; Facturas: copias; Problemas de envío: paquetes; Problemas de acceso"

    assert answer(values, "No encuentro mi factura") == "facturas"
    assert answer(values, "Tengo problemas") == "pagos"
    assert {keyword.text for keyword in taxonomy(values).keywords} >= {"problemas de acceso", "acceso", "copias"}


def test_no_unmeasured_word_makes_an_answer_automatic() -> None:
    """The confidence stays below what the default policy asks of automatic answers."""
    rules = Rules(taxonomy(SPANISH))

    assert max(rules.answer("", keyword.text).confidence for keyword in taxonomy(SPANISH).keywords) < 0.6
    assert rules.answer("", "mi envío").confidence > rules.answer("", "mi paquete").confidence


def test_a_parent_in_the_list_has_subcategories() -> None:
    """`Parent/Name` is one only where the parent is named too."""
    made = taxonomy("Envíos\nEnvíos/Retrasos: llega tarde\nEnvíos / Perdidos\nCambios/Devoluciones\n")

    assert made.subcategories == {"envios": ("retrasos", "perdidos"), "cambios_devoluciones": ()}
    assert Rules(made).answer("", "Hay un retraso")[:2] == ("envios", "retrasos")
    assert made.names("envios", "retrasos", "es") == ("Envíos", "Retrasos")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lists_are_read_as_people_write_them(tmp_path: Path, encoding: str) -> None:
    """In several encodings, with bullets, numbers, blank lines and comments; one category named twice is one."""
    file = tmp_path / "names.txt"
    file.write_bytes("# ours\n- Envíos: a las 10:30\n\n2) Pagos\n  * envios: tarde\n• Otros\r\n".encode(encoding))

    assert read([str(file)]) == [Named("Envíos", "a las 10:30 tarde"), Named("Pagos", ""), Named("Otros", "")]
    assert read([str(file), "Más; Otros"])[-1] == Named("Más", "")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["names.txt"], "there is no file names.txt"),
        (["Pagos"], "write at least two"),
        (["pagos; PAGOS"], "write at least two"),
        (["Pagos; : nada"], "begins with no name"),
        (["Pagos; " + "x" * 81], "longer than 80 characters"),
    ],
)
def test_what_are_no_categories_is_refused(values: list[str], message: str) -> None:
    """With the mend."""
    with pytest.raises(ConfigurationError, match=message):
        read(values)


@pytest.mark.parametrize("name", ['say "no"', "a\\b", "支付", "\x1b[31mred", "c++", "…", "ñ" * 70])
def test_any_name_gives_a_file_that_can_be_used(name: str) -> None:
    """Whatever letters it is written in; a name without any word is refused."""
    values = f"{name}; Otros"
    if name == "…":
        with pytest.raises(ConfigurationError, match="begins with no name"):
            read([values])
    else:
        assert len(taxonomy(values).subcategories) == 2
