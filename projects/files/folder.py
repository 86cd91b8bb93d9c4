"""The folder of a project: made at once or not at all, and made again without losing what people changed.

Everything is written into a folder within it first, project.toml last, and then moved to its place, project.toml last.
So a folder without project.toml is no project. What an interrupted run had moved is known by the project.toml that it
left behind, and counts as ours.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from classifier import storage
from classifier.model import Model
from consumer.errors import ConfigurationError
from projects.files import project_file
from projects.files.project_file import Project
from tickets.files.ticket_file import Choices

TAXONOMY = "taxonomy.toml"
SETTINGS = ".env"
README = "README.md"
POLICY = "policy.toml"
MODEL = "model"
TICKETS = "tickets"
_UNFINISHED = ".ticketstream-new"
# What does not make a folder somebody's own.
_NO_CONTENT = frozenset({_UNFINISHED, ".git", ".DS_Store", ".sandbox"})


class Kept(NamedTuple):
    """A file that people changed and that stays; the new one stands beside it."""

    name: str
    beside: str


class Contents(NamedTuple):
    """What goes into a project.

    Attributes:
        texts: by the file's name.
        tickets: files to copy into `tickets/`, by the name that they get there.
        model: None when there is none yet.
    """

    texts: Mapping[str, str]
    tickets: Mapping[str, Path]
    model: Model | None


def opened(folder: Path) -> Project | None:
    """The project in this folder; None where one can be made.

    Raises:
        ConfigurationError: the folder holds something else, or cannot be read.
    """
    try:
        content = {path.name for path in folder.iterdir()} - _NO_CONTENT
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"{folder} is no folder that can be read: {error.strerror}; name another") from None
    found, begun = (project_file.read(at / project_file.NAME) for at in (folder, folder / _UNFINISHED))
    if found is None:
        if content - set(begun.written if begun else ()) - {MODEL, TICKETS} or (content and begun is None):
            raise ConfigurationError(
                f"{folder} is not empty, and no project: name a new folder, or one that `ticketstream init` has made"
            )
        return begun
    written = {name: (*hashes, *_hashes(begun, name)) for name, hashes in found.written.items()}
    return found._replace(written=written)


def existing(folder: Path) -> Project:
    """The project in this folder.

    Raises:
        ConfigurationError: there is none.
    """
    project = opened(folder) if (folder / project_file.NAME).exists() else None
    if project is None:
        raise ConfigurationError(
            f"{folder} is no project: name its folder, or make one with `ticketstream init FOLDER`"
        )
    return project


def prepare(folder: Path) -> None:
    """Make sure that the folder can be written, before anything is learned for it.

    Raises:
        ConfigurationError: it cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be written: {error.strerror}; name another folder") from None


def abandon(folder: Path) -> None:
    """Take the folder away again, if it holds nothing."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def tickets_of(folder: Path, project: Project) -> list[tuple[Path, Choices]]:
    """The files in `tickets/`, by name, each with what was said of it."""
    files = sorted(path for path in (folder / TICKETS).glob("*") if path.is_file() and not path.name.startswith("."))
    return [(path, project.files.get(path.name, Choices())) for path in files]


def was_changed(folder: Path, project: Project, name: str) -> bool:
    """Whether people changed a file since we wrote it; one that is not there counts as unchanged."""
    now = _hash_of(folder / name)
    # The one that stood beside it may have been put in its place.
    return now is not None and now not in (*_hashes(project, name), *_hashes(project, beside(name)))


def has_own_policy(folder: Path, project: Project) -> bool:
    """Whether people have put thresholds of their own into the policy that a project of names gets."""
    return POLICY in project.written and was_changed(folder, project, POLICY)


def install(folder: Path, project: Project, contents: Contents) -> list[Kept]:
    """Put everything in its place, but for what people changed.

    Args:
        folder: an empty one, or the project's; it is made if need be.
        project: as it was opened, with what was said this time.
        contents: what is to be in it.

    Returns:
        What was kept.

    Raises:
        OSError: the folder cannot be written; what it held is still there.
    """
    new = _begin(folder)
    written = dict(project.written)
    kept: list[Kept] = []
    for name, text in contents.texts.items():
        target = _target(folder, project, name, text)
        if target:
            _write(new / target, text.encode())
        if target and target != name:
            kept.append(Kept(name, target))
        if target:
            written[target] = (_digest(text.encode()),)
    for name, path in contents.tickets.items():
        at = f"{TICKETS}/{name}"
        _write(new / at, path.read_bytes())
        written[at] = (_digest(path.read_bytes()),)
    if contents.model:
        storage.save(contents.model, new / MODEL)
    _write(new / project_file.NAME, project_file.text_of(project._replace(written=written)).encode())
    _move(new, folder)
    return kept


def labelled_tickets(folder: Path) -> int | None:
    """From how many labelled tickets the project's model has learned: 0 when from names alone, None without a model."""
    try:
        return storage.labelled_tickets(folder / MODEL)
    except storage.ModelError:
        return None


def remove_model(folder: Path) -> None:
    """Take the model away, its manifest first, so that no half of it is left to be read."""
    (folder / MODEL / storage.MANIFEST).unlink(missing_ok=True)
    for weights in (folder / MODEL).glob("weights-*.npz"):
        weights.unlink()
    if (folder / MODEL).is_dir() and not any((folder / MODEL).iterdir()):
        (folder / MODEL).rmdir()


def replace(path: Path, text: str, *, by_people: bool = False) -> None:
    """Write a file in one step. If it is a project's, and was as we had written it, it still counts as ours.

    Args:
        path: the file.
        text: its new content.
        by_people: whether people decided on it, so that it is theirs from now on.
    """
    path = path.resolve()
    folder, name = path.parent, path.name
    project = project_file.read(folder / project_file.NAME)
    ours = project is not None and not by_people and not was_changed(folder, project, name)
    partial = path.with_name(f".{name}.partial")
    _write(partial, text.encode())
    if path.exists():
        shutil.copymode(path, partial)
    if project is not None and ours:
        noted = {**project.written, name: (*_hashes(project, name), _digest(text.encode()))}
        at = folder / project_file.NAME
        _write(at.with_name(f".{at.name}.partial"), project_file.text_of(project._replace(written=noted)).encode())
        at.with_name(f".{at.name}.partial").replace(at)
    partial.replace(path)


def _begin(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / _UNFINISHED
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    return new


def _target(folder: Path, project: Project, name: str, text: str) -> str | None:
    """Where a new text goes: to its place, beside what people changed, or nowhere, when they changed this very text."""
    if not was_changed(folder, project, name):
        return name
    digest = _digest(text.encode())
    if digest == _hash_of(folder / name):
        return name
    return None if digest in _hashes(project, name) else beside(name)


def beside(name: str) -> str:
    """The name of a new file beside one that stays: `taxonomy.new.toml`, `.env.new`."""
    path = Path(name)
    return f"{path.stem}.new{path.suffix}"


def _move(new: Path, folder: Path) -> None:
    (folder / TICKETS).mkdir(exist_ok=True)
    for path in _in_order(new):
        at = folder / path.relative_to(new)
        at.parent.mkdir(exist_ok=True)
        if at.exists():
            shutil.copymode(at, path)
        path.replace(at)
    _remove_old_weights(folder / MODEL)
    shutil.rmtree(new)


def _in_order(new: Path) -> Iterator[Path]:
    """Every file; a model's manifest behind its weights, and project.toml last."""
    files = [path for path in sorted(new.rglob("*")) if path.is_file()]
    last = (storage.MANIFEST, project_file.NAME)
    yield from sorted(files, key=lambda path: last.index(path.name) + 1 if path.name in last else 0)


def _remove_old_weights(folder: Path) -> None:
    manifest = folder / storage.MANIFEST
    if manifest.exists():
        text = manifest.read_text("utf-8")
        for weights in folder.glob("weights-*.npz"):
            if weights.name not in text:
                weights.unlink()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _hashes(project: Project | None, name: str) -> Sequence[str]:
    return project.written.get(name, ()) if project else ()


def _hash_of(path: Path) -> str | None:
    try:
        return _digest(path.read_bytes())
    except FileNotFoundError:
        return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
