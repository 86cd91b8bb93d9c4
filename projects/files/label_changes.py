"""A taxonomy with a label that has another name or place: what follows from it in the whole file. Pure.

Old labels stay known: models and corrections go on naming them, and [renamed] says what they are called now.
"""

import copy
import re
from datetime import date
from typing import Any

from consumer.answer.taxonomy_file import resolve
from consumer.answer.words import words
from consumer.errors import ConfigurationError
from terminal.suggestions import did_you_mean, meant

Tables = dict[str, Any]
"""A taxonomy's file as plain dicts and lists."""
Pair = tuple[str, str | None]
"""Category, and subcategory or None."""

_NUMBERED = re.compile(r"(?P<before>.*?)(?P<month>\d{4}-\d{2})-(?P<number>\d+)")
_COUNTED = re.compile(r"(?P<before>.*?)(?P<number>\d+)")


def pair_of(path: str) -> Pair:
    """The parts of `category` or `category/subcategory`."""
    category, _, subcategory = path.partition("/")
    return category, subcategory or None


def path_of(pair: Pair) -> str:
    """The pair as it is written."""
    return "/".join(filter(None, pair))


def found(taxonomy: Tables, word: str) -> Pair:
    """The label in use that somebody named: by the label itself, or by a name that people see.

    Raises:
        ConfigurationError: there is none, or several have this name.
    """
    names = _names(taxonomy)
    if pair_of(word) in names:
        return pair_of(word)
    alike = [pair for pair, of_pair in names.items() if words(word) in map(words, of_pair)]
    if len(alike) > 1:
        raise ConfigurationError(f"{word} is the name of {' and '.join(map(path_of, alike))}: write the label")
    if not alike:
        likely = meant(word, map(path_of, names)) or [category for category, sub in names if sub is None]
        raise ConfigurationError(f"there is no label {word}{did_you_mean(word, likely)}")
    return alike[0]


def _names(taxonomy: Tables) -> dict[Pair, list[str]]:
    names: dict[Pair, list[str]] = {}
    for category, table in taxonomy["categories"].items():
        names[category, None] = list(table["name"].values())
        names |= {(category, sub): list(of_sub.values()) for sub, of_sub in table.get("subcategories", {}).items()}
    return names


def moved(taxonomy: Tables, old: Pair, new: Pair) -> Tables:
    """The taxonomy in which `new` has taken the place of `old`; where `new` is in use already, both are one.

    Args:
        taxonomy: a checked one; it is left as it is.
        old: a label in use.
        new: of the same level; or a category, for a subcategory that is given up.
    """
    after = copy.deepcopy(taxonomy)
    _move_entry(after["categories"], old, new)
    if old == (after["default"]["category"], None):
        after["default"]["category"] = new[0]
    for keyword in (entry for entries in after.get("keywords", {}).values() for entry in entries.values()):
        _move_keyword(keyword, old, new)
    after["renamed"] = _renamed(taxonomy.get("renamed", {}), old, new)
    return after


def _move_entry(categories: Tables, old: Pair, new: Pair) -> None:
    (category, subcategory), (to_category, to_subcategory) = old, new
    if subcategory is None:
        _put(categories, category, to_category)
        return
    siblings = categories[category]["subcategories"]
    if category == to_category and to_subcategory is not None:
        _put(siblings, subcategory, to_subcategory)
        return
    names = siblings.pop(subcategory)
    if to_subcategory is not None:
        categories[to_category].setdefault("subcategories", {}).setdefault(to_subcategory, names)


def _put(entries: Tables, old: str, new: str) -> None:
    """Give an entry another key, at its place; where the key is taken, only its subcategories move."""
    if new in entries:
        table = entries.pop(old)
        if table.get("subcategories"):
            theirs = entries[new].setdefault("subcategories", {})
            theirs.update({label: names for label, names in table["subcategories"].items() if label not in theirs})
        return
    changed = {new if key == old else key: value for key, value in entries.items()}
    entries.clear()
    entries.update(changed)


def _move_keyword(keyword: Tables, old: Pair, new: Pair) -> None:
    category, subcategory = _after((keyword["category"], keyword.get("subcategory")), old, new)
    keyword["category"] = category
    if subcategory is not None:
        keyword["subcategory"] = subcategory
    else:
        keyword.pop("subcategory", None)
        keyword.pop("subcategory_precision", None)


def _after(pair: Pair, old: Pair, new: Pair) -> Pair:
    """What becomes of a pair: its category may have moved, or all of it."""
    if pair == old:
        return new
    return (new[0], pair[1]) if old == (pair[0], None) else pair


def _renamed(renamed: dict[str, str], old: Pair, new: Pair) -> dict[str, str]:
    """[renamed] with this change too; a label that gets its earlier name back leaves the list."""
    kept = {
        earlier: path_of(_after(pair_of(later), old, new))
        for earlier, later in renamed.items()
        if earlier != path_of(new) or resolve(renamed, earlier) != path_of(old)
    }
    return {**kept, path_of(old): path_of(new)}


def raised(version: str, today: date) -> str:
    """The version after this one: YEAR-MONTH-NUMBER, or whatever it is with a number at its end."""
    month = f"{today:%Y-%m}"
    if dated := _NUMBERED.fullmatch(version):
        number = int(dated["number"]) + 1 if dated["month"] >= month else 1
        return f"{dated['before']}{max(month, dated['month'])}-{number}"
    if counted := _COUNTED.fullmatch(version):
        return f"{counted['before']}{int(counted['number']) + 1}"
    return f"{version}-2"
