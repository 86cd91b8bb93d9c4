"""`ticketstream taxonomy`: files are checked, measured and changed."""

import contextlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from consumer.answer.taxonomy import load_taxonomy, shipped_text
from sandbox.labelled import ENGLISH, SPANISH
from tests.support.terminals import Ended
from ticketstream.__main__ import app

DRAFT = """\
version = "2026-11-1"
languages = ["es"]

[default]
category = "otros"

[categories]
envios = { name = { es = "Envíos" }, subcategories = { retraso = { es = "Retraso" } } }
otros = { name = { es = "Otros" } }

[keywords.es]
paquete = { category = "envios" }  # just added
tarde = { category = "envios", subcategory = "retraso" }
otro = { category = "otros", precision = 0.5, n = 2 }
"""
TICKETS = """\
Asunto,Descripción,Categoría,Subcategoría,Idioma
,el paquete llega tarde,ENVIOS,Retraso,es
,mi paquete viene roto,Envíos,,español
,un paquete de café,otros,,es
,nada de eso,Otros,,es
,nada de nada,Envíos,,es-MX
,el paquete,Ventas,,es
,,Envíos,,es
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "taxonomy.toml").write_text(DRAFT)
    (tmp_path / "tickets.csv").write_text(TICKETS)
    return tmp_path


def taxonomy(folder: Path, *arguments: str) -> Ended:
    with contextlib.chdir(folder):
        done = CliRunner().invoke(app, ["taxonomy", *arguments])
    return Ended(done.exit_code, done.stdout_bytes, done.stderr_bytes)


def test_a_keyword_is_measured_where_it_was_added(folder: Path) -> None:
    """Without figures the check fails and says what to do; measuring writes them, and leaves the rest as it was."""
    assert b"keywords.es.paquete.precision is missing; measure it with `ticketstream taxonomy measure`" in (
        taxonomy(folder, "check").errors
    )
    done = taxonomy(folder, "measure", "--tickets", "tickets.csv")
    text = (folder / "taxonomy.toml").read_text()

    assert done.code == 0, done.errors
    assert 'paquete = { category = "envios", n = 3, precision = 0.6667 }' in text.replace(
        "precision = 0.6667, n = 3", "n = 3, precision = 0.6667"
    )
    assert "# just added" in text
    assert load_taxonomy(folder / "taxonomy.toml").default.n == 2
    assert b"left as they were: 1 keyword that no ticket contains: es.otro" in done.errors
    assert b"left out: 1 row without text or category" in done.errors
    assert b"left out: 1 ticket with labels that the taxonomy does not know: Ventas (1)" in done.errors
    assert b"The rules on these tickets" in done.out
    assert taxonomy(folder, "check").out.startswith(b"ok: 2 categories, 1 subcategory, 3 keywords, languages es (")


def test_checked_figures_change_nothing(folder: Path) -> None:
    """The exit code says whether they are up to date."""
    stale = taxonomy(folder, "measure", "--tickets", "tickets.csv", "--check")
    assert (stale.code, (folder / "taxonomy.toml").read_text()) == (1, DRAFT)
    assert b"the figures are not up to date; write them with `ticketstream taxonomy measure`" in stale.errors
    taxonomy(folder, "measure", "--tickets", "tickets.csv")
    version = load_taxonomy(folder / "taxonomy.toml").version
    fresh = taxonomy(folder, "measure", "--tickets", "tickets.csv", "--check")

    assert fresh.code == 0, fresh.errors
    assert taxonomy(folder, "measure", "--tickets", "tickets.csv").out.startswith(
        b"taxonomy.toml: the figures were those"
    )
    assert load_taxonomy(folder / "taxonomy.toml").version == version != "2026-11-1"


@pytest.mark.long
def test_the_shipped_figures_are_the_measured_ones(tmp_path: Path) -> None:
    """The shipped taxonomy is what the command makes of the shipped tickets."""
    (tmp_path / "shipped.toml").write_text(shipped_text(), "utf-8")
    packs = [word for pack in (ENGLISH, SPANISH) for word in ("--tickets", str(pack))]
    done = taxonomy(tmp_path, "measure", "--check", "--split", "train", "--file", "shipped.toml", *packs)

    assert done.code == 0, done.errors
    assert done.out == b"shipped.toml: the figures are those of 8,010 labelled tickets\n"


def test_labels_are_changed(folder: Path) -> None:
    """By rename and merge; each says what follows."""
    taxonomy(folder, "measure", "--tickets", "tickets.csv")
    renamed = taxonomy(folder, "rename", "Envíos", "entregas", "--name", "es=Entregas")
    merged = taxonomy(folder, "merge", "entregas", "otros")
    made = load_taxonomy(folder / "taxonomy.toml")

    assert (renamed.code, renamed.out) == (0, "taxonomy.toml: Envíos is now entregas\n".encode())
    assert (merged.code, merged.out) == (0, b"taxonomy.toml: entregas became otros\n")
    assert b"`ticketstream taxonomy measure` measures the keywords again" in merged.errors
    assert made.translate("envios", "retraso") == ("otros", "retraso")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["rename", "envio", "x"], 2, "there is no label envio; did you mean envios"),
        (["rename", "envios", "otros"], 2, "ticketstream taxonomy merge envios otros"),
        (["rename", "envios", "x", "--name", "Entregas"], 2, "write LANGUAGE=TEXT"),
        (["merge", "envios"], 2, "name at least two labels"),
        (["check", "--file", "nowhere.toml"], 2, "there is no file nowhere.toml: name another with --file"),
        (["check", "--file", "."], 2, "cannot be read"),
        (["measure"], 2, "there are no labelled tickets here: name a file of them with --tickets"),
        (["measure", "--tickets", "taxonomy.toml"], 2, "taxonomy.toml"),
        (["measure", "--tickets", "tickets.csv", "--split", "train"], 2, "take all of them with --split all"),
        (["measure", "--tickets", "few.csv"], 1, "no labelled ticket contains es.paquete, es.tarde; remove these"),
        (["measure", "--tickets", "foreign.csv"], 2, "no ticket has a label of the taxonomy (found: sales)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_refused(folder: Path, arguments: list[str], code: int, message: str) -> None:
    """With the mend, and the file is as it was."""
    (folder / "few.csv").write_text("body,category\nhola,Otros\n")
    (folder / "foreign.csv").write_text("body,category\nhello,sales\n")
    if arguments[0] in {"rename", "merge"}:
        (folder / "taxonomy.toml").write_text(
            DRAFT.replace(" }  #", ", precision = 1.0, n = 1 }  #")
            .replace('"retraso" }', '"retraso", subcategory_precision = 1.0, precision = 1.0, n = 1 }')
            .replace('"otros"\n\n', '"otros"\nprecision = 1.0\nn = 1\n\n')
        )
    before = (folder / "taxonomy.toml").read_bytes()
    done = taxonomy(folder, *arguments)

    assert done.code == code
    assert message in done.errors.decode()
    assert (folder / "taxonomy.toml").read_bytes() == before


def test_without_a_file_the_mend_is_named(tmp_path: Path) -> None:
    """Neither TAXONOMY_FILE nor a file of this folder."""
    done = taxonomy(tmp_path, "check")

    assert done.code == 2
    assert b"name a file with --file, or make a project with `ticketstream init FOLDER`" in done.errors
