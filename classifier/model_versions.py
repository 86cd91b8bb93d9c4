"""The versions of a folder of models: a folder each, which appears whole or not at all."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from classifier import storage
from classifier.durable_files import drop_partials, partial_folder, publish_folder, replace_file
from classifier.model import Model
from classifier.storage import ModelError

RECIPE, TRAINED_ON = "recipe.json", "trained-on.txt"
# What a name of a folder and a line of text can hold everywhere.
_NAME = re.compile(r"[A-Za-z0-9_+][A-Za-z0-9._+@-]{0,199}")


class Version(NamedTuple):
    """A model of the folder.

    Attributes:
        name: the model's version, as its answers name it.
        folder: where it is.
        recipe: what it was made of (recipe.json); empty where nobody wrote that down.
    """

    name: str
    folder: Path
    recipe: Mapping[str, Any]


def all_versions(versions: Path) -> list[Version]:
    """Every version, the oldest first, whether or not its model can be loaded."""
    folders = [path for path in versions.glob("[!.]*") if path.is_dir()]
    found = [Version(path.name, path, _recipe(path)) for path in folders]
    return sorted(found, key=lambda version: (str(version.recipe.get("trained_at", "")), version.name))


def folder_of(versions: Path, version: str) -> Path:
    """Where a version is. A name from a command line leads nowhere else."""
    return versions / (version if is_name(version) else "no-such-version")


def is_name(version: str) -> bool:
    """Whether a version can be the name of a folder and a line of a file."""
    return _NAME.fullmatch(version) is not None


def load_version(versions: Path, version: str) -> Model:
    """The model of a version.

    Raises:
        ModelError: there is no such version, or its files are damaged or not those of this version.
    """
    folder = folder_of(versions, version)
    if not folder.is_dir():
        known = ", ".join(found.name for found in all_versions(versions)) or "none"
        raise ModelError(f"{versions.parent} has no version {version}; it has: {known}")
    try:
        model = storage.load(folder)
    except ModelError as error:
        raise ModelError(f"version {version} cannot be used: {error}") from error
    if model.version != version:
        raise ModelError(f"version {version} cannot be used: its folder holds the model {model.version}")
    return model


def write_version(versions: Path, model: Model, recipe: Mapping[str, Any], trained_on: Iterable[str]) -> None:
    """Write a version, if it is not there already. Only one process at a time may.

    Raises:
        ModelError: it is no name for a folder.
        OSError: it cannot be written.
    """
    if not is_name(model.version):
        raise ModelError(f"{model.version!r} is no name for a version: use letters, digits and . _ + @ -")
    drop_partials(versions)
    final = folder_of(versions, model.version)
    if _is_whole(final, model.version):
        return
    partial = partial_folder(final)
    storage.save(model, partial)
    replace_file(partial / TRAINED_ON, lines_text(trained_on))
    written = {**recipe, "trained_on": TRAINED_ON}
    replace_file(partial / RECIPE, json.dumps(written, ensure_ascii=False, indent=2, default=str).encode() + b"\n")
    if final.exists():
        # A damaged one, which cannot be replaced in one step: nobody can load it anyway.
        final.rename(final.with_name(f".{final.name}.damaged.partial"))
    publish_folder(partial, final)
    drop_partials(final.parent)


def _is_whole(folder: Path, version: str) -> bool:
    try:
        return folder.is_dir() and storage.load(folder).version == version
    except ModelError:
        return False


def _recipe(folder: Path) -> dict[str, Any]:
    try:
        recipe = json.loads((folder / RECIPE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return recipe if isinstance(recipe, dict) else {}


def lines_text(lines: Iterable[str]) -> bytes:
    """A file of lines, each once, in order."""
    return "".join(f"{line}\n" for line in sorted(set(lines))).encode()


def lines_of(path: Path) -> frozenset[str]:
    """The lines of such a file; none where it cannot be read."""
    try:
        return frozenset(path.read_text("utf-8").splitlines())
    except (OSError, ValueError):
        return frozenset()
