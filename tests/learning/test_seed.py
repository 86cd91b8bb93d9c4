"""Labelled tickets to begin with: of a project's folder, and of a file."""

import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from consumer.config.settings import Settings, settings_of
from consumer.errors import ConfigurationError
from learning.places import seed_place, taxonomy_of
from learning.seed import Seed, is_project, read_seed
from projects.files import project_file
from projects.files.project_file import Project
from tests.learning.judged import TAXONOMY, taxonomy

_CSV = "asunto;descripción;categoría\nHola;where is my parcel;Shipping\nHola;my bill is wrong;BILLING\n"


def _settings(**names: str) -> Settings:
    return settings_of({"LEARN_SEED": "", "TAXONOMY_FILE": "", **names})


def _labels(seed: Seed) -> list[tuple[str, str, str | None]]:
    return [(row.description, row.category, row.subcategory) for row in seed.rows]


def _project(folder: Path, merge: Mapping[str, str] | None = None) -> Path:
    (folder / "tickets").mkdir(parents=True)
    (folder / "tickets" / "export.csv").write_text(_CSV, "utf-8")
    (folder / "project.toml").write_text(project_file.text_of(Project("tickets", merge or {})), "utf-8")
    return folder


def _unlabelled(folder: Path) -> Path:
    path = folder / "a.csv"
    path.write_text("subject,description\na,b\n", "utf-8")
    return path


def test_an_export_is_read_as_a_project_reads_it(tmp_path: Path) -> None:
    """Columns are found, and labels that are written otherwise are those of the taxonomy."""
    (tmp_path / "Help desk.csv").write_text(_CSV, "utf-8")
    seed = read_seed(tmp_path / "Help desk.csv", taxonomy(), None)

    assert _labels(seed) == [("where is my parcel", "shipping", None), ("my bill is wrong", "billing", None)]
    assert (seed.name, seed.source, seed.model) == ("help_desk", "Help desk.csv", None)


def test_of_a_file_with_parts_the_one_to_learn_from_is_taken(tmp_path: Path) -> None:
    """The others are kept to measure models."""
    rows = [("a", "train"), ("b", "bench"), ("c", "train")]
    lines = [json.dumps({"description": f"my {text}", "category": "billing", "split": split}) for text, split in rows]
    path = tmp_path / "tickets.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))

    assert [text for text, *_ in _labels(read_seed(path, taxonomy(), None))] == ["my a", "my c"]


def test_a_project_gives_its_tickets_with_what_people_merged(tmp_path: Path) -> None:
    """And its name; there is no model in this one."""
    folder = _project(tmp_path / "My shop", merge={"BILLING": "Shipping"})
    seed = read_seed(folder, taxonomy(), None)

    assert {category for _, category, _ in _labels(seed)} == {"shipping"}
    assert (seed.name, seed.source, seed.model) == ("my_shop", "my_shop/tickets", None)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: folder / "nothing.csv", "does not exist"),
        (lambda folder: folder, "is no project"),
        (_unlabelled, "LEARN_SEED"),
    ],
    ids=["missing", "no project", "without labels"],
)
def test_what_gives_no_rows_is_named_with_the_mend(make: Callable[[Path], Path], said: str, tmp_path: Path) -> None:
    """It is a setting that is wrong."""
    with pytest.raises(ConfigurationError, match=said):
        read_seed(make(tmp_path), taxonomy(), None)


def test_the_seed_is_what_was_named_then_the_setting_then_this_project(tmp_path: Path) -> None:
    """And nothing else is guessed."""
    folder, with_setting = _project(tmp_path / "shop"), _settings(LEARN_SEED="seed.csv")

    assert seed_place(with_setting, Path("named.csv"), folder) == Path("named.csv")
    assert seed_place(with_setting, None, folder) == Path("seed.csv")
    assert seed_place(_settings(), None, folder) == folder
    with pytest.raises(ConfigurationError, match="LEARN_SEED is not set"):
        seed_place(_settings(), None, tmp_path)


def test_a_projects_taxonomy_is_in_use_where_no_other_is_named(tmp_path: Path) -> None:
    """Otherwise its labels would be unknown."""
    folder = _project(tmp_path / "shop")
    (folder / "taxonomy.toml").write_text(TAXONOMY, "utf-8")
    other = tmp_path / "other.toml"
    other.write_text(TAXONOMY.replace("2026-11", "2027-01"), "utf-8")

    assert is_project(folder)
    assert taxonomy_of(_settings(), folder).version == "2026-11"
    assert taxonomy_of(_settings(TAXONOMY_FILE=str(other)), folder).version == "2027-01"
    assert taxonomy_of(_settings(), tmp_path / "a.csv").knows("gardening") is False
