"""A project's folder: whole or not there, and what people changed stays."""

import os
import sys
from pathlib import Path

import pytest

from consumer.errors import ConfigurationError
from projects.files import project_file
from projects.files.folder import Contents, Kept, existing, install, opened, prepare, replace, tickets_of, was_changed
from projects.files.project_file import Project
from tickets.files.ticket_file import Choices

NEW = Project(
    "tickets",
    {"Envío": "Envíos"},
    (frozenset({"A", "Á"}),),
    {"a.csv": Choices(delimiter=";", chosen={"category": "x"})},
)


def contents(tmp_path: Path, number: int) -> Contents:
    """What a run writes; other numbers give other texts."""
    file = tmp_path / "a.csv"
    file.write_text(f"tickets {number}")
    texts = {"taxonomy.toml": f"taxonomy {number}", ".env": "settings", "README.md": f"readme {number}"}
    return Contents(texts, {"a.csv": file}, None)


def made(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    install(folder, NEW, contents(tmp_path, 1))
    return folder


def state(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_project_is_read_as_it_was_made(tmp_path: Path) -> None:
    """What was said, and what was written."""
    project = existing(made(tmp_path))

    assert project._replace(written={}) == NEW
    assert set(project.written) == {"taxonomy.toml", ".env", "README.md", "tickets/a.csv"}
    assert tickets_of(tmp_path / "shop", project) == [(tmp_path / "shop" / "tickets" / "a.csv", NEW.files["a.csv"])]


def test_what_nobody_changed_is_made_anew(tmp_path: Path) -> None:
    """All of it, and nothing is left beside it."""
    folder = made(tmp_path)
    kept = install(folder, existing(folder), contents(tmp_path, 2))

    assert kept == []
    assert set(state(folder)) == {"taxonomy.toml", ".env", "README.md", "tickets/a.csv", "project.toml"}
    assert state(folder)["taxonomy.toml"] == "taxonomy 2"


def test_what_people_changed_stays(tmp_path: Path) -> None:
    """The new one stands beside it, again and again; a file whose new text is the old one needs none."""
    folder = made(tmp_path)
    (folder / "taxonomy.toml").write_text("mine")
    (folder / ".env").write_text("mine too")
    (folder / "README.md").unlink()
    for number in (2, 3):
        assert install(folder, existing(folder), contents(tmp_path, number)) == [
            Kept("taxonomy.toml", "taxonomy.new.toml")
        ]

    found = state(folder)
    assert (found["taxonomy.toml"], found[".env"]) == ("mine", "mine too")
    assert (found["taxonomy.new.toml"], found["README.md"]) == ("taxonomy 3", "readme 3")


def test_taking_up_the_new_one_makes_it_ours_again(tmp_path: Path) -> None:
    """`mv taxonomy.new.toml taxonomy.toml`, and the next run writes in place."""
    folder = made(tmp_path)
    (folder / "taxonomy.toml").write_text("mine")
    install(folder, existing(folder), contents(tmp_path, 2))
    (folder / "taxonomy.new.toml").replace(folder / "taxonomy.toml")

    assert install(folder, existing(folder), contents(tmp_path, 3)) == []
    assert state(folder)["taxonomy.toml"] == "taxonomy 3"


def test_a_file_that_we_rewrite_stays_ours_and_a_decision_does_not(tmp_path: Path) -> None:
    """Figures are ours, labels are people's."""
    folder = made(tmp_path)
    replace(folder / "taxonomy.toml", "measured")
    assert not was_changed(folder, existing(folder), "taxonomy.toml")
    replace(folder / "taxonomy.toml", "renamed", by_people=True)

    assert was_changed(folder, existing(folder), "taxonomy.toml")
    assert (folder / "taxonomy.toml").read_text() == "renamed"


@pytest.mark.parametrize("moved", range(5))
def test_a_death_in_the_middle_leaves_no_half_project(tmp_path: Path, moved: int) -> None:
    """However much was moved to its place: there is no project yet, and the next run makes it without asking."""
    folder = tmp_path / "shop"
    dies_after(folder, NEW, contents(tmp_path, 1), moved)
    assert not (folder / "project.toml").exists()
    with pytest.raises(ConfigurationError, match="ticketstream init FOLDER"):
        existing(folder)

    prepare(folder)
    assert install(folder, opened(folder) or NEW, contents(tmp_path, 2)) == []
    assert state(folder).keys() == {"taxonomy.toml", ".env", "README.md", "tickets/a.csv", "project.toml"}
    assert state(folder)["taxonomy.toml"] == "taxonomy 2"


@pytest.mark.parametrize("moved", range(5))
def test_a_death_in_a_second_run_loses_nothing(tmp_path: Path, moved: int) -> None:
    """What people changed is still theirs, what we wrote is still ours."""
    folder = made(tmp_path)
    (folder / "README.md").write_text("mine")
    dies_after(folder, existing(folder), contents(tmp_path, 2), moved)
    prepare(folder)

    assert install(folder, existing(folder), contents(tmp_path, 3)) == [Kept("README.md", "README.new.md")]
    found = state(folder)
    assert (found["taxonomy.toml"], found["README.md"], found["README.new.md"]) == ("taxonomy 3", "mine", "readme 3")
    assert set(found) == {"taxonomy.toml", ".env", "README.md", "README.new.md", "tickets/a.csv", "project.toml"}


def dies_after(folder: Path, project: Project, what: Contents, moved: int) -> None:
    """Install in a child process that is gone after it has moved so many files."""
    pid = os.fork()
    if not pid:
        left = [None] * moved

        def die(event: str, _: object) -> None:
            if event == "os.rename":
                left.pop() if left else os._exit(0)

        sys.addaudithook(die)
        install(folder, project, what)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.parametrize("name", ["notes.txt", "taxonomy.toml", ".env"])
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, name: str) -> None:
    """Whatever it holds, but for version control and what we left behind."""
    (tmp_path / name).write_text("theirs")
    with pytest.raises(ConfigurationError, match="is not empty, and no project: name a new folder"):
        opened(tmp_path)

    assert state(tmp_path) == {name: "theirs"}


def test_an_empty_folder_under_version_control_can_be_used(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()

    assert opened(tmp_path) is None


@pytest.mark.parametrize("text", ["", "x = 1", "= nonsense", 'ticketstream = 1\nsource = "dice"'])
def test_a_project_file_that_is_not_ours_is_refused(tmp_path: Path, text: str) -> None:
    """Other programs have a file of this name too."""
    (tmp_path / project_file.NAME).write_text(text)

    with pytest.raises(ConfigurationError, match=r"project\.toml is not .*name another folder"):
        opened(tmp_path)


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    """A name that is a file, or lies below one."""
    (tmp_path / "shop").write_text("a file")
    for place in (tmp_path / "shop", tmp_path / "shop" / "inner"):
        with pytest.raises(ConfigurationError, match="name another"):
            opened(place)
        with pytest.raises(ConfigurationError, match="cannot be written"):
            prepare(place)
