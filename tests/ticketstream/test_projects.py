"""`ticketstream init` and `ticketstream train`, on a terminal and without one."""

import contextlib
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from classifier import storage
from consumer.answer.policy import NEVER
from consumer.answer.policy_file import load_policy
from consumer.answer.taxonomy import load_taxonomy, shipped_text
from tests.classifier.embeddings import needs_wheel
from tests.support.terminals import BARE, Ended, on_terminal, piped
from tests.support.waiting import until
from ticketstream.__main__ import app

PLAIN = "--without-embedding"
WORDS = {
    "Envíos": ("paquete", "entrega", "retraso", "seguimiento", "repartidor"),
    "Facturación": ("factura", "cobro", "recibo", "pago", "importe"),
    "Cuenta": ("contraseña", "acceso", "usuario", "perfil", "correo"),
}


def export(path: Path, *, category: str = "Categoría", odd: str = "ENVIOS ", more: str = "") -> Path:
    """Sixty tickets of three categories, as a Spanish help desk exports them."""
    lines = [f"Asunto;Descripción;{category}"]
    for number in range(60):
        label = list(WORDS)[number % 3]
        first, second = (WORDS[label][(number + step) % 5] for step in (0, number // 5 + 1))
        written = odd if number == 3 else label
        lines.append(f"{first} {number};No tengo mi {first} y el {second} falta desde hace {number} días;{written}")
    path.write_text("\n".join([*lines, more]), encoding="cp1252")
    return path


def ticketstream(folder: Path, *arguments: str) -> Ended:
    """The command in this process: its libraries take a second to load."""
    with contextlib.chdir(folder):
        done = CliRunner().invoke(app, arguments)
    return Ended(done.exit_code, done.stdout_bytes, done.stderr_bytes)


def typed(folder: Path, answers: str, *arguments: str) -> Ended:
    return on_terminal(["ticketstream", *arguments], folder, 100, {}, answers)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """A folder with an export and the project that `init` has made of it, and what the command said."""
    folder = tmp_path_factory.mktemp("made")
    export(folder / "export.csv")
    return folder, piped(["ticketstream", "init", "shop", "--from", "export.csv", PLAIN], folder, {})


@pytest.fixture
def project(made: tuple[Path, Ended], tmp_path: Path) -> Path:
    """A copy of that project."""
    return Path(shutil.copytree(made[0] / "shop", tmp_path / "shop"))


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).parts[0] for path in folder.rglob("*")}


def report(ended: Ended) -> Any:
    return json.loads(ended.out)


def test_a_project_is_made_of_labelled_tickets(made: tuple[Path, Ended]) -> None:
    """A model, categories in both languages, settings, and a report that ends with what to do next."""
    folder, done = made
    shop = folder / "shop"
    text = done.out.decode()

    assert done.code == 0, done.errors
    assert files(shop) == {"taxonomy.toml", ".env", "model", "tickets", "README.md", "project.toml"} | {
        path.name for path in (*(shop / "model").iterdir(), shop / "tickets" / "export.csv") if path.parent == shop
    }
    assert (shop / "tickets" / "export.csv").read_bytes() == (folder / "export.csv").read_bytes()
    assert load_taxonomy(shop / "taxonomy.toml").names("envios", language="es") == ("Envíos", None)
    assert {category for category, _ in storage.load(shop / "model").labels} == {"envios", "facturacion", "cuenta"}
    assert text.startswith("60 labelled tickets (60 Spanish) in 3 categories.")
    assert "ticketstream sandbox --project shop" in text.splitlines()[-5]
    assert text.splitlines()[-1].startswith("  ticketstream train ")


def test_the_settings_work_in_the_folder(made: tuple[Path, Ended]) -> None:
    """Commands that run there use the project's taxonomy."""
    shop = made[0] / "shop"

    assert ticketstream(shop, "taxonomy", "check").out.startswith(b"ok: 3 categories, 0 subcategories, ")
    doctor = ticketstream(shop, "doctor").out.decode()
    assert "ok       taxonomy: " in doctor
    assert ": 3 categories" in doctor


def test_train_learns_from_all_files_and_keeps_what_people_changed(project: Path) -> None:
    """Also from a file that somebody put there; the new taxonomy stands beside the one that somebody changed."""
    (project / "tickets" / "more.csv").write_text(
        "subject,body,label\n" + "".join(f"paquete {n},¿Dónde está el paquete {n}?,envíos\n" for n in range(9))
    )
    assert ticketstream(project, "taxonomy", "rename", "envios", "entregas", "--name", "es=Entregas").code == 0
    mine = (project / "taxonomy.toml").read_bytes()
    done = ticketstream(project, "train", PLAIN, "--json")

    assert done.code == 0, done.errors
    assert report(done)["tickets"] == 69
    assert (project / "taxonomy.toml").read_bytes() == mine
    assert "taxonomy.toml was changed by you, and stays. The new one is taxonomy.new.toml." in done.errors.decode()
    assert {category for category, _ in storage.load(project / "model").labels} == {"entregas", "facturacion", "cuenta"}
    assert load_taxonomy(project / "taxonomy.new.toml").translate("envios") == ("entregas", None)
    assert load_taxonomy(project / "taxonomy.new.toml").names("entregas", language="es") == ("Entregas", None)


def test_the_same_tickets_give_the_same_project(project: Path) -> None:
    """Nothing is written beside anything, and the version of the taxonomy stays."""
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    done = ticketstream(project.parent, "train", "shop", PLAIN, "--json")

    assert done.code == 0
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_a_model_that_knows_more_than_the_taxonomy_is_told(project: Path) -> None:
    """A new category in the tickets, and a taxonomy that stays: the message says how to take the new one."""
    rows = "".join(f"empleo {n};Busco empleo como vendedor {n};Empleo\n" for n in range(12))
    added = project.parent / "more.csv"
    added.write_text(f"Asunto;Descripción;Categoría\n{rows}", encoding="utf-8")
    with (project / "taxonomy.toml").open("a") as file:
        file.write("# mine\n")
    done = ticketstream(project.parent, "train", "shop", "--from", "more.csv", PLAIN, "--json")

    assert done.code == 0, done.errors
    assert (project / "tickets" / "more.csv").read_bytes() == added.read_bytes()
    assert (
        "shop/taxonomy.toml does not know empleo, which the model answers with: add them to it, or take the new one:"
        " mv shop/taxonomy.new.toml shop/taxonomy.toml"
    ) in done.errors.decode()


def test_a_column_and_spellings_are_asked_for_on_a_terminal(tmp_path: Path) -> None:
    """By number and with Enter; what was answered is remembered, and is not asked again."""
    export(tmp_path / "export.csv", category="Motivo", odd="Facturacción", more="correo;No llega el correo;Cuentas")
    done = typed(tmp_path, "Motivo\n\n1\n", "init", "shop", "--from", "export.csv", PLAIN, "--json")
    said = " ".join(done.out.decode().split())

    assert done.code == 0, said
    assert "which column holds the category? 1 Motivo" in said
    assert "Which spelling stays for all? Cuenta (20 tickets), Cuentas (1 tickets)" in said
    assert "Which spelling stays for all? Facturación (20 tickets), Facturacción (1 tickets)" in said
    assert load_taxonomy(tmp_path / "shop" / "taxonomy.toml").subcategories.keys() == {
        *("cuenta", "cuentas", "envios", "facturacion")
    }
    again = typed(tmp_path, "", "train", "shop", PLAIN, "--json")
    assert again.code == 0
    assert "Which" not in again.out.decode()


def test_nobody_is_asked_without_a_terminal(tmp_path: Path) -> None:
    """What is missing is an error with the option that gives it; nothing is left behind."""
    export(tmp_path / "export.csv", category="Motivo", odd="Facturacción")
    nothing = ticketstream(tmp_path, "init", "shop")
    column = ticketstream(tmp_path, "init", "shop", "--from", "export.csv")

    assert (nothing.code, column.code) == (2, 2)
    assert b"--from FILE (labelled tickets), --categories FILE or TEXT (names alone), or --example" in nothing.errors
    assert b"name it with --map category=COLUMN (one of: Motivo)" in column.errors
    assert files(tmp_path) == {"export.csv"}
    merged = (
        "--from",
        "export.csv",
        "--map",
        "category=Motivo",
        "--merge",
        "Facturacción=Facturación",
        PLAIN,
        "--json",
    )
    done = report(ticketstream(tmp_path, "init", "shop", *merged))
    assert {one["name"] for one in done["categories"]} == {"Cuenta", "Envíos", "Facturación"}
    assert done["alike"] == []


def test_names_alone_make_rules(tmp_path: Path) -> None:
    """Settings without a model, and the way to one, which is made of tickets that come later."""
    names = "Facturación: cobros; Envíos: paquetes y entregas; Cuenta; Empleo; Otros"
    done = ticketstream(tmp_path, "init", "shop", "--categories", names, "--without-embedding")
    said = done.out.decode()

    assert done.code == 0, done.errors
    assert "there is no model yet" in said
    assert "ticketstream train                       make a model, as soon as there are labelled tickets" in said
    assert "ML_API_URL" not in {
        line.partition("=")[0] for line in (tmp_path / "shop" / ".env").read_text().splitlines()
    }
    assert ticketstream(tmp_path, "train", "shop").errors.startswith(
        b"ticketstream: shop/tickets is empty: put labelled"
    )
    export(tmp_path / "shop" / "tickets" / "export.csv")
    assert ticketstream(tmp_path, "train", "shop", PLAIN, "--json").code == 0
    made = load_taxonomy(tmp_path / "shop" / "taxonomy.toml")
    assert set(made.subcategories) == {"facturacion", "envios", "cuenta", "empleo", "otros"}
    assert storage.load(tmp_path / "shop" / "model").tickets == 60


@needs_wheel
def test_names_make_a_model_that_is_never_automatic(tmp_path: Path) -> None:
    """Its policy says so. Labelled tickets make another one, without that policy; names then make none any more."""
    export(tmp_path / "old.csv")
    names = ("init", "shop", "--categories", "Billing | Facturación: charges; Envíos; Account | Cuenta")
    done = ticketstream(tmp_path, *names, "--tickets", "old.csv")
    shop = tmp_path / "shop"

    assert done.code == 0, done.errors
    assert "It has seen no labelled ticket" in " ".join(done.out.decode().split())
    assert "label about 20 tickets of each category (60 in all)" in done.out.decode()
    assert storage.labelled_tickets(shop / "model") == 0
    assert load_policy(shop / "policy.toml", load_taxonomy(shop / "taxonomy.toml")).overall.auto == NEVER
    assert "THRESHOLD_POLICY=policy.toml" in (shop / ".env").read_text().splitlines()
    export(shop / "tickets" / "export.csv")
    assert ticketstream(tmp_path, "train", "shop", "--json").code == 0
    assert "THRESHOLD_POLICY" not in (shop / ".env").read_text()
    again = ticketstream(tmp_path, *names)
    assert again.code == 2
    assert b"shop has learned from labelled tickets" in again.errors


@needs_wheel
def test_names_once_more_keep_what_people_decided(tmp_path: Path) -> None:
    """What was typed, and thresholds of their own; without the embedding the model is gone, and the rules answer."""
    shop = tmp_path / "shop"
    first = typed(tmp_path, "Billing\n.\n", "init", "shop", "--categories", "Facturación; Envíos")
    assert first.code == 0, first.out.decode()
    made = (shop / "taxonomy.toml").read_text()
    assert storage.labelled_tickets(shop / "model") == 0
    same = typed(tmp_path, "", "init", "shop", "--categories", "Facturación; Envíos", "--without-embedding")
    assert same.code == 0
    assert (shop / "taxonomy.toml").read_text() == made
    assert not (shop / "model").exists()
    policy = 'version = "ours-1"\nauto = 0.9\nsuggest = 0.3\n'
    (shop / "policy.toml").write_text(policy)
    more = ticketstream(tmp_path, "init", "shop", "--categories", "Facturación; Envíos; Otros", "--without-embedding")

    assert more.code == 0, more.errors
    assert (shop / "policy.toml").read_text() == policy
    assert "THRESHOLD_POLICY=policy.toml" in (shop / ".env").read_text().splitlines()
    taxonomy = load_taxonomy(shop / "taxonomy.toml")
    assert taxonomy.names_in("en") == {"facturacion": "Billing", "envios": "Envíos", "otros": "Otros"}
    assert taxonomy.version.endswith("-2")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["init", "shop", "--categories", "a; b", "--tickets", "nowhere.csv"], "--tickets nowhere.csv: cannot be read"),
        (["init", "shop", "--from", "a.csv", "--tickets", "a.csv"], "--tickets is for --categories"),
        (["init", "shop", "--from", "a.csv", "--example", "bank"], "these exclude each other: say from what"),
        (["init", "shop", "--from", "nowhere.csv"], "--from nowhere.csv: it does not exist"),
        (["init", "shop", "--from", "."], "--from .: it is no file"),
        (["init", "shop", "--from", "a.csv", "--merge", "Envío"], "--merge Envío: write LABEL=LABEL"),
        (["init", "shop", "--from", "a.csv", "--merge", "nix=Cuenta"], "no ticket has the label 'nix'"),
        (["init", "shop", "--from", "a.csv", "--map", "topic=x"], "write FIELD=COLUMN"),
        (["init", "shop", "--categories", "a; b", "--map", "subject=x"], "are about the file of --from"),
        (["init", "shop", "--categories", "one"], "write at least two"),
        (["init", ".", "--from", "a.csv"], ". is not empty, and no project"),
        (["init", "a.csv", "--from", "a.csv"], "a.csv is no folder"),
        (["init", "shop", "--from", "one.csv"], "every ticket has the category 'x'"),
        (["init", "shop", "--from", "binary.csv"], "binary.csv"),
        (["train"], ". is no project: name its folder, or make one with `ticketstream init FOLDER`"),
        (["train", "nowhere"], "nowhere is no project"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_refused(tmp_path: Path, arguments: list[str], message: str) -> None:
    """With the mend, and without a trace in the folder."""
    export(tmp_path / "a.csv")
    (tmp_path / "one.csv").write_text("body,category\nhello,x\nbye,x\n")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 8)
    before = files(tmp_path)
    done = ticketstream(tmp_path, *arguments)

    assert done.code in {1, 2}
    assert message in done.errors.decode()
    assert files(tmp_path) == before


def test_ctrl_c_while_it_learns_leaves_nothing(tmp_path: Path) -> None:
    """The exit code is that of an interruption."""
    export(tmp_path / "export.csv")
    command = [sys.executable, "-m", "ticketstream", "init", "shop", "--from", "export.csv", PLAIN]
    with subprocess.Popen(command, env=BARE, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        until((tmp_path / "shop").exists)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)

    assert process.returncode == 130
    assert b"Traceback" not in errors
    assert files(tmp_path) == {"export.csv"}


def test_everything_is_asked_for_on_a_terminal(tmp_path: Path) -> None:
    """From what the project is made, and then the names; the end of the input is no answer."""
    made = typed(tmp_path, "2\nPagos; Envíos; Otros\nPayments\n.\n", "init", "shop", "--without-embedding")
    nothing = typed(tmp_path, "\x04", "init", "other")

    assert made.code == 0, made.out.decode()
    taxonomy = load_taxonomy(tmp_path / "shop" / "taxonomy.toml")
    assert taxonomy.names_in("es") == {"pagos": "Pagos", "envios": "Envíos", "otros": "Otros"}
    assert taxonomy.names_in("en") == {"pagos": "Payments", "envios": "Envíos", "otros": "Otros"}
    assert nothing.code == 2
    assert "--example bank" in " ".join(nothing.out.decode().split())


@pytest.mark.parametrize(
    ("library", "command"),
    [("sklearn", "init shop --categories a;b"), ("py3langid", "train"), ("tomlkit", "taxonomy check")],
)
def test_a_library_that_is_missing_is_named(tmp_path: Path, library: str, command: str) -> None:
    """With how to install it."""
    code = f"import sys; sys.modules[{library!r}] = None; from ticketstream.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *command.split()], env=BARE, cwd=tmp_path, capture_output=True, check=False
    )

    assert done.returncode == 2
    assert (
        f"{library} is not installed; install it with: pip install 'ticketstream[classifier]'" in done.stderr.decode()
    )


@pytest.mark.long
def test_the_example_is_what_the_demo_ships(tmp_path: Path) -> None:
    """Its taxonomy, to the letter, with figures that its own tickets give; the model answers with its labels."""
    done = ticketstream(tmp_path, "init", "bank", "--example", "bank", PLAIN, "--json")
    bank = tmp_path / "bank"

    assert done.code == 0, done.errors
    assert (bank / "taxonomy.toml").read_text("utf-8") == shipped_text()
    assert report(done)["accuracy"]["accuracy"] > 0.9
    assert ticketstream(bank, "taxonomy", "measure", "--check").code == 0
    made = load_taxonomy(bank / "taxonomy.toml")
    assert {label for label in storage.load(bank / "model").labels if made.translate(*label) != label} == set()
