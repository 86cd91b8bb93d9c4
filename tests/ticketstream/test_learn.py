"""`ticketstream train --from-clickhouse`: what it says, its exit codes, and what programs read."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analytics.clickhouse.client import Client
from analytics.store.row_writer import RowWriter
from classifier.model_folder import ModelFolder
from classifier.writer_lock import one_writer
from learning.places import ROUND
from tests.learning.judged import TAXONOMY
from tests.learning.rounds import judged, seed_file
from tests.learning.stored import judgement, ticket
from tests.support.clickhouse_process import DoorProcess
from ticketstream.__main__ import app

PLAIN = "--without-embedding"


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, door: DoorProcess, client: Client) -> Path:
    """A folder with labelled tickets and a taxonomy, and settings that name the test's database."""
    seed_file(tmp_path)
    (tmp_path / "taxonomy.toml").write_text(TAXONOMY, "utf-8")
    monkeypatch.chdir(tmp_path)
    settings = {
        "CLICKHOUSE_URL": door.url,
        "CLICKHOUSE_DATABASE": client.database,
        "LEARN_SEED": "shop.csv",
        "TAXONOMY_FILE": "taxonomy.toml",
        "TEXTS_KEPT_DAYS": "30",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def _train(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["train", "--from-clickhouse", PLAIN, *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    # Standard error is as wide as the terminal of the tests.
    return done.exit_code, done.stdout, " ".join(done.stderr.split())


def _json(*arguments: str) -> Any:
    code, output, error = _train("--json", *arguments)
    assert code == 0, error
    return json.loads(output)


def test_a_round_by_hand_says_what_it_did_and_what_is_next(shop: Path, client: Client) -> None:
    """Rows by kind, what was left out, figures, the gate's word, and the commands that follow."""
    RowWriter(client).write(
        [*judged(60, is_audit=False), *ticket(900, "my hedge", "gardening"), judgement(3, "access", "b", later=9)]
    )
    code, output, error = _train("--models", "models")

    assert code == 0, error
    assert "131 rows to learn from: 72 labelled before, 40 corrected, 19 confirmed." in output
    assert "1 text for which people gave different labels:" in output
    assert "gardening (1)" in output
    assert "The gate keeps the champion" in output
    assert "it needs 300" in output
    assert "At the present rate" in output
    assert "python -m classifier serve --models models" in error
    assert "the gate needs 300 more" in error
    assert len(ModelFolder(shop / "models").versions()) == 2


def test_programs_read_the_same(shop: Path, client: Client) -> None:
    """One line of JSON: rows, what was left out, the gate, the recipe."""
    RowWriter(client).write(judged(60, is_audit=False))
    found = _json("--models", str(shop / "models"))

    assert found["rows"] == {"seed": 72, "correction": 40, "confirmation": 20, "audit": 0}
    assert found["gate"]["cause"] == "few_tickets"
    assert found["champion"] == found["first_champion"]
    assert found["recipe"]["trained_on"] == "trained-on.txt"


@pytest.mark.usefixtures("shop")
def test_a_dry_run_changes_nothing(client: Client, tmp_path: Path) -> None:
    """It needs no folder of models either."""
    poison = [row for n in range(12) for row in ticket(n, f"thing {'x' * (n + 1)}", "access", "mallory")]
    RowWriter(client).write([*judged(9, is_audit=False, begin=50), *poison])
    code, output, _ = _train("--dry-run")

    assert code == 0
    assert "12 judgements by mallory, who turns everything to one label (12 of 12 corrections are to access)" in output
    assert _json("--dry-run")["left_out"]["one_sided"][0]["by"] == "mallory"
    assert {path.name for path in tmp_path.iterdir()} == {"shop.csv", "taxonomy.toml"}


@pytest.mark.parametrize(
    ("setting", "value", "code", "said"),
    [
        ("TEXTS_KEPT_DAYS", "0", 2, "TEXTS_KEPT_DAYS=180"),
        ("LEARN_SEED", "", 2, "LEARN_SEED is not set"),
        ("LEARN_SEED", "nowhere.csv", 2, "nowhere.csv does not exist"),
        ("MODELS_FOLDER", "", 2, "MODELS_FOLDER is not set"),
        ("CLICKHOUSE_URL", "http://127.0.0.1:1", 1, "127.0.0.1:1"),
        ("CLICKHOUSE_URL", "", 2, "CLICKHOUSE_URL is not set"),
    ],
    ids=["no texts kept", "no seed", "missing seed", "no folder", "ClickHouse down", "no ClickHouse"],
)
def test_what_is_missing_is_named(
    shop: Path, client: Client, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, code: int, said: str
) -> None:
    """With its setting and the mend; nothing is made."""
    monkeypatch.setenv("MODELS_FOLDER", "models")
    monkeypatch.setenv(setting, value)
    if setting != "TEXTS_KEPT_DAYS":
        RowWriter(client).write(judged(3, is_audit=False))
    found, _, error = _train()

    assert found == code, error
    assert said in error
    assert ModelFolder(shop / "models").versions() == []


def test_before_anybody_judged_the_labelled_tickets_make_a_champion(shop: Path, client: Client) -> None:
    """Once; after that there is nothing to do before somebody judges, which is said with 1."""
    RowWriter(client).write([])
    first, second = _train("--models", "models"), _train("--models", "models")

    assert (first[0], second[0]) == (0, 1)
    assert "The first champion is shop-" in first[1]
    assert "nobody has judged an answer yet" in second[2]
    assert len(ModelFolder(shop / "models").versions()) == 1


@pytest.mark.usefixtures("client")
def test_two_rounds_at_once_are_one_too_many(shop: Path) -> None:
    """The second says so, and changes nothing."""
    (shop / "models" / ROUND).mkdir(parents=True)
    with one_writer(shop / "models" / ROUND):
        code, _, error = _train("--models", "models")

    assert code == 2
    assert "another `ticketstream train` or learner is training" in error


@pytest.mark.usefixtures("shop")
def test_options_that_do_not_go_together() -> None:
    """Files are for projects, and the folder of models for what people judged."""
    with_file, _, told_file = _train("--from", "more.csv")
    without = CliRunner().invoke(app, ["train", "--models", "models"])

    assert (with_file, without.exit_code) == (2, 2)
    assert "leave out --from" in told_file
    assert "--from-clickhouse" in without.stderr
