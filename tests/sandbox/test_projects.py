"""What a sandbox takes for a project, and what it says of anything else."""

from pathlib import Path

import pytest

from consumer.errors import ConfigurationError
from sandbox.project import Project, project_in


def made(folder: Path, *files: str) -> Path:
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_a_project_with_a_model_and_one_without(tmp_path: Path) -> None:
    """Without a model and without tickets to train on, the rules answer alone."""
    with_model = made(tmp_path / "a", "taxonomy.toml", "tickets/export.csv", "model/model.json")
    without = made(tmp_path / "b", "taxonomy.toml", ".env")
    (without / "tickets").mkdir()

    assert project_in(with_model) == Project(with_model, with_model / "model")
    assert project_in(without) == Project(without, None)


def test_the_champion_is_served_before_the_projects_own_model(tmp_path: Path) -> None:
    """A folder of models without a champion is none yet."""
    project = project_in(made(tmp_path / "a", "taxonomy.toml", "model/model.json", "models/history.jsonl"))
    before = project.served
    made(tmp_path / "a", "models/champion")
    alone = project_in(made(tmp_path / "b", "taxonomy.toml", "tickets/export.csv", "models/champion"))

    assert before == ("--model", str(tmp_path / "a/model"))
    assert project.served == ("--models", str(tmp_path / "a/models"))
    assert alone == Project(tmp_path / "b", None)
    assert alone.served == ("--models", str(tmp_path / "b/models"))


@pytest.mark.parametrize("files", [("tickets/export.csv",), ("model/weights.npz",)])
def test_a_model_that_is_missing(tmp_path: Path, files: tuple[str, ...]) -> None:
    """The message names the command that makes it."""
    with pytest.raises(ConfigurationError) as refused:
        project_in(made(tmp_path / "shop", "taxonomy.toml", *files))

    assert str(refused.value).endswith(f"has no model yet. Train it with: ticketstream train {tmp_path}/shop")


@pytest.mark.parametrize("files", [(), ("README.md",), (".env", "model/model.json")])
def test_a_folder_that_is_no_project(tmp_path: Path, files: tuple[str, ...]) -> None:
    """The message names the command that makes one, also where there is no folder at all."""
    with pytest.raises(ConfigurationError) as refused:
        project_in(made(tmp_path / "shop", *files))

    assert str(refused.value).endswith(f"Make one with: ticketstream init {tmp_path}/shop")
