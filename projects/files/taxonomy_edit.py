"""Changing a taxonomy's file: a label gets another name or place, two become one. Comments and order stay."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date

from consumer.answer.taxonomy_file import parse
from consumer.errors import ConfigurationError
from projects.files import toml_edit
from projects.files.label_changes import Pair, Tables, found, moved, pair_of, path_of, raised

_LABEL = re.compile(r"[^\s/]+")


def rename(text: str, where: str, old: str, new: str, names: Mapping[str, str], today: date) -> str:
    """The text in which a label is called otherwise, or a subcategory belongs to another category.

    Args:
        text: the file's content.
        where: the name of the file, for messages.
        old: a label in use, `category` or `category/subcategory`, or its name.
        new: its new label.
        names: the new names that people see, by language; the others stay.
        today: for the new version.

    Raises:
        ConfigurationError: there is no such label, the new one is taken, or the result could not be used.
    """
    taxonomy = _checked(text, where)
    before, after = found(taxonomy, old), pair_of(new)
    _refuse_other_level(before, after, new)
    if after in _in_use(taxonomy):
        raise ConfigurationError(
            f"{new} is in use: `ticketstream taxonomy merge {path_of(before)} {new}` joins the two"
        )
    if after[1] and after[0] not in taxonomy["categories"]:
        raise ConfigurationError(f"there is no category {after[0]}: a subcategory can only move to one in use")
    wanted = moved(taxonomy, before, after)
    table = wanted["categories"][after[0]]
    (table["subcategories"][after[1]] if after[1] else table["name"]).update(names)
    in_place = after[1] is None or before[0] == after[0]
    return _written(text, where, wanted, [(_place(before), after[1] or after[0])] if in_place else [], today)


def merge(text: str, where: str, olds: Sequence[str], into: str, today: date) -> str:
    """The text in which labels have become another one; arguments and errors are those of `rename`."""
    taxonomy = _checked(text, where)
    target = found(taxonomy, into)
    wanted = taxonomy
    for old in olds:
        before = found(taxonomy, old)
        if before == target:
            raise ConfigurationError(
                f"{old} cannot be merged into itself: name the labels that go, then the one that stays"
            )
        if target[1] and not before[1]:
            raise ConfigurationError(
                f"{path_of(before)} is a category and {path_of(target)} a subcategory: merge it into {target[0]}"
            )
        if before in _in_use(wanted):
            wanted = moved(wanted, before, target)
    return _written(text, where, wanted, [], today)


def with_version(text: str, version: str) -> str:
    """The text with another version."""
    return toml_edit.changed(text, {**tomllib.loads(text), "version": version})


def _checked(text: str, where: str) -> Tables:
    parse(text, where)
    return tomllib.loads(text)


def _in_use(taxonomy: Tables) -> set[Pair]:
    return {
        pair
        for category, table in taxonomy["categories"].items()
        for pair in ((category, None), *((category, sub) for sub in table.get("subcategories", {})))
    }


def _place(pair: Pair) -> tuple[str, ...]:
    category, subcategory = pair
    return ("categories", category, "subcategories", subcategory) if subcategory else ("categories", category)


def _refuse_other_level(before: Pair, after: Pair, new: str) -> None:
    if before[1] and not after[1]:
        raise ConfigurationError(
            f"{path_of(before)} is a subcategory: write {before[0]}/{new}, or CATEGORY/{new} to move it to another"
        )
    if not all(map(_LABEL.fullmatch, filter(None, after))):
        raise ConfigurationError(
            f"{new} is no label: write it without spaces; --name LANGUAGE=TEXT says what people see"
        )
    if after[1] and not before[1]:
        raise ConfigurationError(f"{path_of(before)} is a category: write its new label without a slash")


def _written(text: str, where: str, wanted: Tables, renames: toml_edit.Renames, today: date) -> str:
    result = toml_edit.changed(text, {**wanted, "version": raised(wanted["version"], today)}, renames)
    parse(result, f"{where}, changed like this,")
    return result
