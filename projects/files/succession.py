"""A taxonomy that was learned anew takes over what people decided in the one before."""

import copy
import tomllib
from collections.abc import Iterator
from datetime import date

from consumer.answer.taxonomy_file import parse
from consumer.answer.words import words
from consumer.errors import ConfigurationError
from projects.files import toml_edit
from projects.files.label_changes import Tables, raised
from projects.files.project_file import Source


def next_text(learned: str, current: str | None, source: Source, *, changed: bool, today: date) -> str:
    """The text of the taxonomy that a project gets.

    Args:
        learned: what was learned from the tickets.
        current: what the project has.
        source: what the project was made from; the taxonomy of an example stays as it is.
        changed: whether people changed the current one.
        today: for the version.
    """
    if current is None:
        return toml_edit.changed(learned, {**tomllib.loads(learned), "version": f"{today:%Y-%m}-1"})
    if source == "example":
        return current
    text = learned
    if changed or source == "categories":
        try:
            text = succeeding(learned, current)
            parse(text, "that follows")
        except ConfigurationError:
            # What people decided and what was learned do not go together: two labels of one name, for example.
            text = learned
    return with_next_version(text, current, today)


def with_next_version(text: str, current: str, today: date) -> str:
    """A taxonomy's text with the version of the current one, raised where they differ."""
    version = tomllib.loads(current)["version"]
    same = toml_edit.changed(text, {**tomllib.loads(text), "version": version})
    return (
        same if same == current else toml_edit.changed(text, {**tomllib.loads(text), "version": raised(version, today)})
    )


def succeeding(learned: str, current: str) -> str:
    """The learned taxonomy with the labels, names, earlier labels and further keywords of the current one.

    Args:
        learned: the text of a taxonomy, its labels in the words of the current one.
        current: the text of the taxonomy that it follows.
    """
    new, old = tomllib.loads(learned), tomllib.loads(current)
    after = copy.deepcopy(new)
    after["languages"] = list(dict.fromkeys([*new["languages"], *old["languages"]]))
    for category, table in old["categories"].items():
        ours = after["categories"].setdefault(category, {"name": {}})
        ours["name"] |= table["name"]
        for label, names in table.get("subcategories", {}).items():
            ours.setdefault("subcategories", {}).setdefault(label, {}).update(names)
    for names in _all_names(after):
        names.update({language: next(iter(names.values())) for language in after["languages"] if language not in names})
    in_use = set(_paths(after))
    after["retired"] = [label for label in old.get("retired", []) if label not in in_use]
    after["renamed"] = {label: now for label, now in old.get("renamed", {}).items() if label not in in_use}
    for language, keywords in old.get("keywords", {}).items():
        ours = after.setdefault("keywords", {}).setdefault(language, {})
        taken = {tuple(words(text)) for text in ours}
        ours.update({text: entry for text, entry in keywords.items() if tuple(words(text)) not in taken})
    return toml_edit.changed(learned, after)


def _all_names(taxonomy: Tables) -> Iterator[dict[str, str]]:
    for table in taxonomy["categories"].values():
        yield table["name"]
        yield from table.get("subcategories", {}).values()


def _paths(taxonomy: Tables) -> Iterator[str]:
    for category, table in taxonomy["categories"].items():
        yield category
        yield from (f"{category}/{label}" for label in table.get("subcategories", {}))
