"""Labels get other names and places; nothing else in the file changes."""

import tomllib
from collections.abc import Callable
from datetime import date

import pytest

from consumer.answer.taxonomy import from_document, shipped_text
from consumer.answer.taxonomy_file import parse
from consumer.errors import ConfigurationError
from projects.files.label_changes import raised
from projects.files.taxonomy_edit import merge, rename

DAY = date(2026, 12, 3)
OF_DELAY = 'subcategory = "retraso", subcategory_precision = 0.8'
OURS = """\
# Ours.
version = "2026-11-4"  # with every change
languages = ["es", "en"]

[renamed]
"paquetes" = "envios"

[default]
category = "otros"  # the rest
precision = 0.5
n = 4

# What is on its way.
[categories.envios]
name = { es = "Envíos", en = "Shipping" }

[categories.envios.subcategories]
retraso = { es = "Retraso", en = "Delay" }  # late
perdido = { es = "Perdido", en = "Lost" }

[categories.devoluciones]
name = { es = "Devoluciones", en = "Returns" }

[categories.devoluciones.subcategories]
perdido = { es = "Devolución perdida", en = "Lost return" }

[categories.otros]
name = { es = "Otros", en = "Other" }

[keywords.es]
# the best one
paquete = { category = "envios", precision = 0.9, n = 10 }
"llega tarde" = { category = "envios", precision = 1.0, n = 5, subcategory = "retraso", subcategory_precision = 0.8 }
devolver = { category = "devoluciones", precision = 1.0, n = 7 }

[keywords.en]
parcel = { category = "envios", precision = 0.75, n = 4 }
"""
# The same in other clothes: tables on one line, dotted keys, tables of single keywords, parts further down.
ELSEWHERE = """\
version = "3"
languages = ["es"]
[default]
category="otros"
precision=0.5
n=2
[categories]
envios = { name = { es = "Envíos" }, subcategories = { retraso = { es = "Retraso" }, perdido = { es = "Lost" } } } # a
[categories.devoluciones]
name.es = "Devoluciones"
subcategories.perdido.es = "Devolución perdida"
[keywords]
es.paquete = { category = "envios", precision = 0.9, n = 10 }  # b
[keywords.es."llega tarde"]
category = "envios"  # c
precision = 1.0
n = 5
subcategory = "retraso"
subcategory_precision = 0.8
[categories.otros.name]
es = "Otros"
"""


def renamed(text: str, old: str, new: str, **names: str) -> str:
    return rename(text, "ours.toml", old, new, names, DAY)


def merged(text: str, *labels: str) -> str:
    return merge(text, "ours.toml", labels[:-1], labels[-1], DAY)


def changed_lines(before: str, after: str) -> list[str]:
    return [line for line in after.splitlines() if line not in before.splitlines()]


def test_a_renamed_category_takes_everything_with_it() -> None:
    """Its header, keywords and earlier labels; comments, order and all other lines stay."""
    text = renamed(OURS, "envios", "entregas", es="Entregas")

    assert changed_lines(OURS, text) == [
        'version = "2026-12-1"  # with every change',
        '"paquetes" = "entregas"',
        'envios = "entregas"',
        "[categories.entregas]",
        'name = { es = "Entregas", en = "Shipping" }',
        "[categories.entregas.subcategories]",
        'paquete = { category = "entregas", precision = 0.9, n = 10 }',
        f'"llega tarde" = {{ category = "entregas", precision = 1.0, n = 5, {OF_DELAY} }}',
        'parcel = { category = "entregas", precision = 0.75, n = 4 }',
    ]
    assert text.index("# What is on its way.") + len("# What is on its way.\n") == text.index("[categories.entregas]")


@pytest.mark.parametrize("text", [OURS, ELSEWHERE], ids=["lines", "elsewhere"])
@pytest.mark.parametrize(
    ("change", "label", "now"),
    [
        (lambda text: renamed(text, "envios", "entregas"), "envios", ("entregas", None)),
        (lambda text: renamed(text, "envios", "entregas"), "envios/retraso", ("entregas", "retraso")),
        (lambda text: renamed(text, "Envíos", "entregas"), "envios/perdido", ("entregas", "perdido")),
        (lambda text: renamed(text, "envios/retraso", "envios/tarde"), "envios/retraso", ("envios", "tarde")),
        (lambda text: renamed(text, "envios/retraso", "otros/tarde"), "envios/retraso", ("otros", "tarde")),
        (lambda text: merged(text, "devoluciones", "envios"), "devoluciones/perdido", ("envios", "perdido")),
        (lambda text: merged(text, "devoluciones", "otros", "envios"), "otros", ("envios", None)),
        (lambda text: merged(text, "envios/retraso", "envios/perdido"), "envios/retraso", ("envios", "perdido")),
        (lambda text: merged(text, "envios/retraso", "envios"), "envios/retraso", ("envios", None)),
        (
            lambda text: merged(text, "envios/perdido", "devoluciones/perdido"),
            "envios/perdido",
            ("devoluciones", "perdido"),
        ),
    ],
)
def test_old_labels_are_translated(
    text: str, change: Callable[[str], str], label: str, now: tuple[str, str | None]
) -> None:
    """What the model and people say of the old label is understood, however the file is laid out; comments stay."""
    after = change(text)
    category, _, subcategory = label.partition("/")

    assert from_document(parse(after, "after")).translate(category, subcategory or None) == now
    assert [
        comment for comment in ("# a", "# b", "# c", "# the best one", "# with every change") if comment in text
    ] == [comment for comment in ("# a", "# b", "# c", "# the best one", "# with every change") if comment in after]


def test_a_label_gets_its_earlier_name_back() -> None:
    """Renaming there and back leaves the version and [renamed] only."""
    there = renamed(OURS, "envios", "entregas")

    assert changed_lines(OURS, renamed(there, "entregas", "envios")) == [
        'version = "2026-12-2"  # with every change',
        'entregas = "envios"',
    ]


def test_the_default_moves_along() -> None:
    """The answer without keywords is a label in use."""
    assert tomllib.loads(merged(OURS, "otros", "envios"))["default"]["category"] == "envios"
    assert tomllib.loads(renamed(OURS, "otros", "varios"))["default"]["category"] == "varios"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: renamed(OURS, "envio", "x"), "there is no label envio; did you mean envios"),
        (lambda: renamed(OURS, "envios", "otros"), "taxonomy merge envios otros` joins the two"),
        (lambda: renamed(OURS, "envios", "a b"), "a b is no label: write it without spaces"),
        (lambda: renamed(OURS, "envios", "a/b"), "envios is a category: write its new label without a slash"),
        (lambda: renamed(OURS, "envios/retraso", "tarde"), "is a subcategory: write envios/tarde"),
        (lambda: renamed(OURS, "envios/retraso", "nada/tarde"), "there is no category nada"),
        (lambda: renamed(OURS, "otros", "paquetes"), "paquetes is in use and renamed"),
        (lambda: renamed(OURS, "envios", "entregas", fr="Livraisons"), "has an undeclared name in 'fr'"),
        (lambda: renamed(OURS, "envios", "entregas", es="otros"), "have the same name in 'es'"),
        (lambda: merged(OURS, "envios", "envios"), "cannot be merged into itself"),
        (lambda: merged(OURS, "otros", "envios/retraso"), "merge it into envios"),
        (lambda: renamed(OURS.replace("precision = 0.9", "precision = 9"), "envios", "x"), "ours.toml cannot be used"),
        (lambda: renamed("= nonsense", "envios", "x"), "it is not valid TOML"),
    ],
)
def test_what_cannot_be_done_is_refused(change: Callable[[], str], message: str) -> None:
    """Before anything is written, with the mend."""
    with pytest.raises(ConfigurationError, match="(?s)" + message.replace("(", r"\(")):
        change()


def test_the_shipped_taxonomy_can_be_changed() -> None:
    """Every category of it, and only the lines that name the label."""
    text = shipped_text()
    after = merged(renamed(text, "identity", "id_checks"), "cash", "top_up")

    assert from_document(parse(after, "after")).translate("cash", "atm_support") == ("top_up", "atm_support")
    assert [line for line in changed_lines(text, after) if not {"id_checks", "top_up"} & set(_words(line))] == [
        'version = "2026-12-2"'
    ]


def _words(line: str) -> list[str]:
    return line.replace('"', " ").replace("]", " ").replace(".", " ").split()


@pytest.mark.parametrize(
    ("version", "after"),
    [
        ("2026-12-1", "2026-12-2"),
        ("2026-11-9", "2026-12-1"),
        ("2027-01-1", "2027-01-2"),
        ("shop-2026-12-9", "shop-2026-12-10"),
        ("2026-12-03-1", "2026-12-03-2"),
        ("v3", "v4"),
        ("mine", "mine-2"),
    ],
)
def test_a_version_is_followed_by_the_next(version: str, after: str) -> None:
    """By month and number, or by whatever number it ends with."""
    assert raised(version, DAY) == after
