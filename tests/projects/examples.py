"""Labelled tickets for these tests."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from classifier.model import Label
from consumer.answer.taxonomy import Default
from projects.rules.keywords import Mined
from projects.rules.taxonomy_text import taxonomy_text
from projects.tickets.labelled import Example, Labelled, read_labelled
from tickets.files.ticket_file import Choices

A_DAY = date(2026, 11, 30)

WHAT = {
    "Envíos": (
        ("el paquete no llega", "mi paquete viene roto", "el paquete no aparece", "sigo sin el paquete que compré"),
        ("the parcel did not arrive", "my parcel was damaged", "the parcel is lost", "a parcel without contents"),
    ),
    "Facturación": (
        ("la factura está mal", "necesito una factura", "mi factura no cuadra", "la factura con otro importe"),
        ("the invoice is wrong", "send me an invoice", "my invoice shows another amount", "an invoice without tax"),
    ),
    "Acceso": (
        ("no recuerdo la contraseña", "la contraseña caducó", "mi contraseña no funciona", "cambiar la contraseña"),
        ("I forgot my password", "the password expired", "my password does not work", "change the password"),
    ),
}
ENDINGS = (
    ("desde el lunes", "otra vez", "en la tienda de Madrid", "con urgencia", "y nadie contesta", "según la web"),
    ("since Monday", "once more", "at the shop in Leeds", "it is urgent", "and nobody answers", "says the page"),
)


def rows() -> list[tuple[str, str, str]]:
    """Subject, description and category of 144 tickets: 24 a category and language."""
    return [
        (("Hola", "Hello")[at], f"{beginning} {ending}", category)
        for category, languages in WHAT.items()
        for at, beginnings in enumerate(languages)
        for beginning in beginnings
        for ending in ENDINGS[at]
    ]


def written(folder: Path, given: Sequence[Sequence[str]], columns: Sequence[str]) -> Path:
    """The rows as CSV."""
    path = folder / "tickets.csv"
    lines = [";".join(f'"{cell}"' for cell in row) for row in (columns, *given)]
    path.write_text("\n".join(lines), "utf-8")
    return path


def read(path: Path, merge: Mapping[str, str] | None = None) -> Labelled:
    return read_labelled(path, Choices(), merge or {})


def example(
    text: str, category: str = "a", subcategory: str | None = None, *, line: int = 2, language: str = "en"
) -> Example:
    return Example(line, "", text, category, subcategory, language)


def labelled(examples: Sequence[Example]) -> Labelled:
    """The tickets, with labels that are their own names."""
    names: dict[Label, str] = {}
    for one in examples:
        names[one.category, None] = one.category
        names[one.label] = one.subcategory or one.category
    return Labelled(tuple(examples), names, (), (), {})


def taxonomy_of(names: Mapping[Label, str], keywords: Sequence[Mined] = ()) -> str:
    first = min(label[0] for label in names)
    return taxonomy_text(names, ("es", "en"), Default(first, 0.5, 2), keywords, A_DAY)
