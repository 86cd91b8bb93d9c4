"""A taxonomy that was learned anew takes over what people decided in the one before."""

import copy
import tomllib
from collections.abc import Iterator
from datetime import date

from consumer.answer.words import words
from projects import toml_edit
from projects.label_changes import Tables, raised


def succeeding(learned: str, current: str, today: date) -> str:
    """The learned taxonomy with the labels, names, earlier labels and further keywords of the current one.

    Args:
        learned: the text of a taxonomy, its labels in the words of the current one.
        current: the text of the taxonomy that it follows.
        today: for the version.
    """
    new, old = tomllib.loads(learned), tomllib.loads(current)
    after = copy.deepcopy(new)
    after["version"] = raised(old["version"], today)
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
