"""What was learned anew speaks the language of a taxonomy that people have worked on."""

import tomllib
from datetime import date

import pytest

from consumer.answer.taxonomy import Taxonomy, from_document
from consumer.answer.taxonomy_file import parse
from projects.files.succession import next_text
from projects.tickets.labelled import Example, Labelled
from projects.tickets.relabelling import relabelled, unknown

DAY = date(2026, 12, 3)
CURRENT = """\
# ours
version = "2026-11-7"
languages = ["es", "en"]
retired = ["correo"]

[renamed]
envios = "entregas"
"entregas/tarde" = "entregas"
"entregas/roto" = "productos/roto"

[default]
category = "productos"
precision = 0.5
n = 4

[categories.entregas]
name = { es = "Entregas", en = "Deliveries" }

[categories.productos]
name = { es = "Productos", en = "Products" }

[categories.productos.subcategories]
roto = { es = "Roto", en = "Broken" }
Otro_modelo = { es = "Otro modelo", en = "Another model" }

[keywords.es]
paquete = { category = "entregas", precision = 0.9, n = 10 }
"Camión" = { category = "entregas", precision = 1.0, n = 2 }
"""
LEARNED = """\
# learned
version = "2026-12-03-1"
languages = ["es", "en"]

[renamed]

[default]
category = "entregas"
precision = 0.4
n = 9

[categories.entregas]
name = { es = "Envíos", en = "Envíos" }

[categories.empleo]
name = { es = "Empleo", en = "Empleo" }

[keywords.es]
camion = { category = "entregas", precision = 0.8, n = 5 }
trabajo = { category = "empleo", precision = 1.0, n = 5 }
"""


def taxonomy(text: str) -> Taxonomy:
    return from_document(parse(text, "a test"))


def test_labels_names_and_renames_are_taken_over() -> None:
    """With the figures that are new, the keywords that are in neither other spelling, and the next version."""
    text = next_text(LEARNED, CURRENT, "tickets", changed=True, today=DAY)
    made = taxonomy(text)

    assert made.version == "2026-12-1"
    assert made.subcategories == {"entregas": (), "empleo": (), "productos": ("roto", "Otro_modelo")}
    assert made.names("entregas", language="es") == ("Entregas", None)
    assert made.translate("envios") == ("entregas", None)
    assert made.translate("entregas", "roto") == ("productos", "roto")
    assert (made.translate("correo"), made.knows("correo")) == (None, True)
    assert [(keyword.text, keyword.n) for keyword in made.keywords] == [("camion", 5), ("trabajo", 5), ("paquete", 10)]
    assert text.startswith("# learned\n")


def test_what_nobody_changed_is_replaced() -> None:
    """But for the version, which goes on; the same as before stays the same."""
    assert taxonomy(next_text(LEARNED, CURRENT, "tickets", changed=False, today=DAY)).subcategories.keys() == {
        *("entregas", "empleo")
    }
    assert next_text(CURRENT, CURRENT, "tickets", changed=False, today=DAY) == CURRENT
    assert next_text(LEARNED, CURRENT, "example", changed=False, today=DAY) == CURRENT
    assert tomllib.loads(next_text(LEARNED, None, "tickets", changed=False, today=DAY))["version"] == "2026-12-1"


def test_what_does_not_go_together_is_not_forced() -> None:
    """Two labels of one name: what was learned stands alone, and can be used."""
    learned = LEARNED.replace('es = "Empleo"', 'es = "Productos"')

    assert taxonomy(next_text(learned, CURRENT, "tickets", changed=True, today=DAY)).subcategories.keys() == {
        *("entregas", "empleo")
    }


@pytest.mark.parametrize(
    ("written", "label", "now"),
    [
        (("Envíos", None), ("envios", None), ("entregas", None)),
        (("Envíos", "Tarde"), ("envios", "tarde"), ("entregas", None)),
        (("Envíos", "Nuevo"), ("envios", "nuevo"), ("entregas", "nuevo")),
        (("Entregas", "tarde"), ("entregas", "tarde"), ("entregas", None)),
        (("Entregas", "roto"), ("entregas", "roto"), ("productos", "roto")),
        (("productos", "Otro_modelo"), ("productos", "otro_modelo"), ("productos", "Otro_modelo")),
        (("Empleo", "Ventas"), ("empleo", "ventas"), ("empleo", "ventas")),
    ],
)
def test_tickets_get_the_labels_of_today(
    written: tuple[str, str | None], label: tuple[str, str | None], now: tuple[str, str | None]
) -> None:
    """As people wrote them, or as they were spelt for the model; unknown ones stay, and are named."""
    names = {(label[0], None): written[0], label: written[1] or written[0]}
    tickets = Labelled((Example(1, "s", "d", *label, "es"),), names, (), (), {})
    found = relabelled(tickets, taxonomy(CURRENT))

    assert found.examples[0].label == now
    assert {(now[0], None), now} <= found.names.keys()
    assert unknown(found, taxonomy(CURRENT)) == [
        path for path in ("entregas/nuevo", "empleo/ventas") if path == "/".join(filter(None, now))
    ]
