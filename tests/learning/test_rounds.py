"""Whole rounds on ClickHouse: what is learned, what the gate says, and what a death leaves behind."""

import datetime as dt
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from analytics.clickhouse.client import Client
from analytics.store.row_writer import RowWriter
from classifier import storage
from classifier.model_folder import ModelFolder
from classifier.training import train
from consumer.errors import ConfigurationError
from learning.choosing import chosen
from learning.gate import Keep, Promote
from learning.judged_tickets import judged_tickets
from learning.retraining import Retrained, Training, retrained
from learning.rounds import Ended, NothingJudged, ended, gathered
from learning.seed import read_seed
from tests.learning.judged import NOON, taxonomy
from tests.learning.rounds import judged, sources
from tests.learning.stored import judgement, text_row, ticket
from tests.support.clickhouse_process import DoorProcess

# Two processes in a row take long beside much other work.
pytestmark = pytest.mark.timeout(300)

WORDS = Training(train, None)
LATER = NOON + dt.timedelta(days=1)
POINTS = ("round_added_first", "round_has_champion", "round_trained", "round_added", "round_decided")


def _round(client: Client, folder: Path, now: dt.datetime = LATER) -> Ended:
    models = ModelFolder(folder / "models")
    return ended(models, gathered(client, sources(folder)), WORDS, now=now, by="learner")


def test_the_first_round_makes_a_champion_of_the_seed_rows_and_a_challenger(client: Client, tmp_path: Path) -> None:
    """The challenger waits for the gate, which has too few tickets; the folder says what both were made of."""
    RowWriter(client).write(judged(60, is_audit=False))
    end = _round(client, tmp_path)

    assert isinstance(end.verdict, Keep)
    assert end.verdict.cause == "few_tickets"
    assert end.champion == end.first != end.version
    assert end.recipe["seed_rows"] == 72
    assert end.recipe["judged_rows"] == 60
    assert end.recipe["rows"] == {"seed": 72, "correction": 40, "confirmation": 20, "audit": 0}
    held_out = end.recipe["figures"]["held_out"]
    assert held_out["low"] < held_out["accuracy"] <= held_out["high"]
    folder = ModelFolder(tmp_path / "models")
    assert len([one for one in folder.trained_on(end.version) if one.startswith("text:")]) == 132


def test_the_same_judgements_are_not_learned_twice(client: Client, tmp_path: Path) -> None:
    """A later round finds the version that it would train."""
    RowWriter(client).write(judged(60, is_audit=False))
    first, second = _round(client, tmp_path), _round(client, tmp_path, LATER + dt.timedelta(days=3))

    assert (first.is_new, second.is_new) == (True, False)
    assert second.version == first.version
    assert len(ModelFolder(tmp_path / "models").versions()) == 2


def test_a_better_model_is_promoted_by_audits_that_it_has_not_learned(client: Client, tmp_path: Path) -> None:
    """Half of the audited texts teach, the others judge."""
    RowWriter(client).write(judged(720, is_audit=True))
    end = _round(client, tmp_path)

    assert isinstance(end.verdict, Promote)
    against = end.verdict.figures.champion
    assert against is not None
    assert against.n == end.recipe["gate_tickets"] >= 300
    assert against.challenger > against.champion + 0.3
    assert end.champion == end.version
    assert _round(client, tmp_path).unasked is not None


def test_what_people_went_back_from_is_not_promoted_again(client: Client, tmp_path: Path) -> None:
    """Not before something new was judged: people know what the gate does not."""
    RowWriter(client).write(judged(720, is_audit=True))
    promoted = _round(client, tmp_path)
    folder = ModelFolder(tmp_path / "models")
    folder.rollback("ana", LATER)
    end = _round(client, tmp_path)

    assert end.version == promoted.version
    assert (end.champion, end.verdict) == (promoted.first, None)
    assert "went back" in str(end.unasked)


def test_who_turns_everything_to_one_category_does_not_reach_the_model(client: Client, tmp_path: Path) -> None:
    """The person is named; the model is the one without the person's word, to the byte."""
    good = judged(60, is_audit=False)
    RowWriter(client).write(good)
    clean = _made(client, tmp_path)
    poison = [
        row
        for number in range(1000, 1040)
        for row in ticket(number, f"thing {chr(97 + number % 26)} {'x' * (number - 999)}", "access", "mallory")
    ]
    RowWriter(client).write([*poison, judgement(3, "access", "mallory", later=9)])
    poisoned = _made(client, tmp_path)

    assert poisoned.recipe["one_sided_people"] == ["mallory"]
    assert poisoned.recipe["left_out"]["one_sided"] == 41
    assert poisoned.recipe["data_fingerprint"] == clean.recipe["data_fingerprint"]
    assert _bytes(poisoned, tmp_path / "poisoned") == _bytes(clean, tmp_path / "clean")


@pytest.mark.parametrize("seed", range(3))
def test_the_same_data_in_any_order_give_the_same_model(client: Client, tmp_path: Path, seed: int) -> None:
    """Rows are sorted before anything is drawn."""
    RowWriter(client).write(judged(90, is_audit=True))
    draw = random.Random(seed)
    people, given = list(judged_tickets(client).tickets), sources(tmp_path)
    rows = list(read_seed(given.seed, given.taxonomy, None).rows)
    draw.shuffle(people)
    draw.shuffle(rows)
    made = retrained(chosen(people, rows, taxonomy()), name="shop", day=NOON.date(), training=WORDS, about={}, now=NOON)

    assert _bytes(made, tmp_path / "shuffled") == _bytes(_made(client, tmp_path), tmp_path / "sorted")


def test_two_processes_make_the_same_model(client: Client, door: DoorProcess, tmp_path: Path) -> None:
    """Whatever the seed of their hashes."""
    RowWriter(client).write(judged(60, is_audit=False))
    versions = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        assert _other_process(door, tmp_path / name, "").returncode == 0
        versions.append({path.name for path in (tmp_path / name / "models" / "versions").iterdir()})
    weights = [sorted((tmp_path / name).rglob("weights-*.npz")) for name in ("one", "other")]

    assert versions[0] == versions[1]
    assert [path.read_bytes() for path in weights[0]] == [path.read_bytes() for path in weights[1]]


@pytest.mark.parametrize("point", POINTS)
def test_a_death_leaves_the_folder_whole(client: Client, door: DoorProcess, tmp_path: Path, point: str) -> None:
    """At every step; the next round comes to the same end as one that nobody disturbed."""
    RowWriter(client).write(judged(60, is_audit=False))
    dead = _other_process(door, tmp_path, point)
    folder = ModelFolder(tmp_path / "models")

    assert dead.returncode == -signal.SIGKILL, dead.stderr
    for version in folder.versions():
        assert folder.load(version.name).version == version.name
    champion = folder.champion()
    assert champion is None or folder.load(champion).version == champion
    folder.history()
    end = _round(client, tmp_path)
    assert end.champion == end.first or end.first is None
    assert {version.name for version in folder.versions()} == {end.champion, end.version}


def test_without_any_text_the_setting_is_named(client: Client, tmp_path: Path) -> None:
    """A wrong configuration where TEXTS_KEPT_DAYS is 0; something to wait for where it is not."""
    RowWriter(client).write(ticket(1, None, "shipping"))
    given = sources(tmp_path)

    with pytest.raises(ConfigurationError, match="TEXTS_KEPT_DAYS=180"):
        gathered(client, given._replace(texts_kept_days=0))
    assert "TEXTS_KEPT_DAYS=180" in str(gathered(client, given).nothing)


def test_without_any_judgement_there_is_a_champion_all_the_same(client: Client, tmp_path: Path) -> None:
    """Made of the seed rows, so that it can be served. Then people are told how to judge."""
    RowWriter(client).write([text_row(5, "nobody judged this")])
    end = _round(client, tmp_path)

    assert end.champion == end.first == end.version
    assert "ticketstream correct" in str(end.unasked)
    with pytest.raises(NothingJudged, match="ticketstream correct"):
        _round(client, tmp_path)
    RowWriter(client).write(ticket(1, None, "shipping"))
    with pytest.raises(NothingJudged, match="raise TEXTS_KEPT_DAYS"):
        _round(client, tmp_path)


def test_seed_rows_of_another_taxonomy_are_refused(client: Client, tmp_path: Path) -> None:
    """The model would answer what the service does not know."""
    RowWriter(client).write(judged(3, is_audit=False))
    given = sources(tmp_path)
    given.seed.write_text("description,category\nmy rose,gardening\nmy lawn,lawns\n", "utf-8")

    with pytest.raises(ConfigurationError, match=r"gardening.*TAXONOMY_FILE"):
        gathered(client, given)


def _made(client: Client, folder: Path) -> Retrained:
    data = gathered(client, sources(folder))
    return retrained(data.found, name="shop", day=NOON.date(), training=WORDS, about={}, now=NOON)


def _bytes(made: Retrained, folder: Path) -> dict[str, bytes]:
    storage.save(made.model, folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _other_process(door: DoorProcess, folder: Path, point: str) -> subprocess.CompletedProcess[str]:
    """A round in another process, which dies at a named moment."""
    command = [sys.executable, "-m", "tests.learning.mortal_round", door.url, str(folder), point]
    return subprocess.run(command, capture_output=True, text=True, timeout=130, check=False)
