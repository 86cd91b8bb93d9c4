"""Categories that somebody named, some with a sentence: a taxonomy whose rules are the words of names and sentences.

Beside them stand words that customers often use for such a category, in both languages. Nobody has measured any of
them. Each counts as if it had been right on one ticket, and on two where it stands in the name: so the words of names
come first, and no answer claims to be sure.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from consumer.answer.taxonomy import LabelPair
from consumer.answer.words import words
from projects.files.toml_edit import key_text, value_text
from projects.names.category_list import Named, read, words_of
from projects.names.word_families import relatives
from projects.names.word_forms import forms
from projects.rules.stop_words import STOP_WORDS
from projects.tickets.spellings import folded, slugs
from projects.tickets.ticket_languages import spanish_evidence

__all__ = ["LANGUAGES", "Named", "labels_of", "language_of", "placed_names", "read", "rest_of", "taxonomy_of"]

LANGUAGES: Final = ("es", "en")
_WHOLE_NAME, _OF_NAME, _OF_SENTENCE, _RELATED = 3, 2, 1, 0
_SHORTEST = 3
# What is answered when no word is found.
_NAMES_OF_REST = "otros otras otro otra other others general varios varias misc miscellaneous resto rest"
_REST = frozenset(_NAMES_OF_REST.split())
# What people write around the subject of a category.
_AROUND = "relacionado relacionada relacionados relacionadas related etc ticket tickets cliente clientes customer"
_EMPTY = STOP_WORDS | frozenset(_AROUND.split()) | _REST
_ABOUT = """\
# The labels that may leave the service, and the keywords of its rules; made from the names of categories.
#
# A label is written `category` or `category/subcategory`; people see its names. Change what you like, and raise
# `version` with every change. `ticketstream taxonomy check` says whether the file can be used, and `ticketstream
# taxonomy rename` and `merge` change labels without losing the old ones.
#
# Nobody has measured the keywords: n = 3 says that it is the whole name of a category, n = 2 that it is a word of it,
# and n = 1 that it stands in its sentence, or that customers often say it where they mean such a category.
# `ticketstream taxonomy measure` puts true figures there, once there are labelled tickets.
"""


def taxonomy_of(named: Sequence[Named], today: date, language: str | None = None) -> str:
    """The text of a taxonomy.toml with these categories.

    Args:
        named: at least two.
        today: for the version.
        language: of first names and sentences; found when it is not given.
    """
    placed = placed_names(named)
    language = language or language_of(named)
    categories: dict[str, Any] = {}
    for (category, subcategory), one in placed.items():
        names = {each: one.name if each == language else one.other or one.name for each in LANGUAGES}
        if subcategory is None:
            categories[category] = {"name": names, "subcategories": {}}
        else:
            categories[category]["subcategories"][subcategory] = names
    labels = list(categories)
    rest = rest_of(placed) or labels[0]
    tables = {
        "version": f"{today:%Y-%m}-1",
        "languages": list(LANGUAGES),
        "retired": [],
        "renamed": {},
        "default": {"category": rest, "precision": round(1 / len(labels), 4), "n": 1},
        "categories": categories,
        "keywords": {each: _keywords(placed, each, own=each == language) for each in LANGUAGES},
    }
    return f"{_ABOUT}\n{_text(tables)}"


def language_of(named: Iterable[Named]) -> str:
    """The language of first names and sentences, as one of LANGUAGES; other names are in the other one."""
    together = [f"{one.name} {one.sentence}" for one in named]
    others = [one.other for one in named if one.other]
    # Names are short: those in the other language help to tell.
    spanish = spanish_evidence(" ".join(together)) - (spanish_evidence(" ".join(others)) if others else 0.0)
    return "es" if spanish >= 0 else "en"


def labels_of(named: Sequence[Named]) -> dict[LabelPair, Named]:
    """Each category by its label, as it was named; `Parent/Name` is a subcategory where the parent is in the list."""
    alone = {folded(one.name) for one in named}
    parents = {
        one: parent.strip()
        for one in named
        for parent, slash, name in (one.name.partition("/"),)
        if slash and name.strip() and folded(parent) in alone
    }
    names = {folded(one.name): one.name for one in named if one not in parents}
    labels = slugs(names)
    placed: dict[LabelPair, Named] = {(labels[folded(one.name)], None): one for one in named if one not in parents}
    for parent in dict.fromkeys(parents.values()):
        of_parent = {folded(within(one).name): one for one in named if parents.get(one) == parent}
        found = slugs({key: within(one).name for key, one in of_parent.items()})
        placed |= {(labels[folded(parent)], found[key]): one for key, one in of_parent.items()}
    return placed


def placed_names(named: Sequence[Named]) -> dict[LabelPair, Named]:
    """Each category by its label, subcategories without their parent in the name."""
    return {pair: within(one) if pair[1] else one for pair, one in labels_of(named).items()}


def within(one: Named) -> Named:
    """A subcategory without its parent in the name."""
    return one._replace(name=one.name.partition("/")[2].strip(), other=one.other.rpartition("/")[2].strip())


def rest_of(placed: Mapping[LabelPair, Named]) -> str | None:
    """The category of what belongs to no other one, by its name; None where there is none."""
    return next((category for category, _ in placed if _is_rest(category)), None)


def _is_rest(category: str) -> bool:
    return bool(set(category.split("_")) & _REST)


def _keywords(placed: Mapping[LabelPair, Named], language: str, *, own: bool) -> dict[str, dict[str, Any]]:
    """The words that point at one category; those of several names, or of several sentences, decide nothing."""
    owners: dict[str, dict[int, dict[LabelPair, None]]] = defaultdict(lambda: defaultdict(dict))
    for pair, one in placed.items():
        if _is_rest(pair[0]):
            # Nothing points at it: it is what is left.
            continue
        for phrase, weight in _phrases(one, language, own=own):
            owners[phrase][weight][pair] = None
        for phrase in relatives(words(f"{one.name} {one.other}"), language):
            owners[phrase][_RELATED][pair] = None
    keywords: dict[str, dict[str, Any]] = {}
    for phrase, by_weight in owners.items():
        weight = max(by_weight)
        pairs = list(by_weight[weight])
        if len({category for category, _ in pairs}) > 1:
            continue
        keyword = {"category": pairs[0][0], "precision": 1.0, "n": max(weight, 1)}
        if len(pairs) == 1 and pairs[0][1] is not None:
            keyword |= {"subcategory": pairs[0][1], "subcategory_precision": 1.0}
        keywords[phrase] = keyword
    return keywords


def _phrases(one: Named, language: str, *, own: bool) -> Iterator[tuple[str, int]]:
    name = " ".join(words_of(one.name) if own else words(one.other))
    if name:
        yield name, _WHOLE_NAME
    for text, weight in ((name, _OF_NAME), (one.sentence if own else "", _OF_SENTENCE)):
        for word in words(text):
            if word not in _EMPTY and len(word) >= _SHORTEST:
                yield from ((form, weight) for form in forms(word, language, verbs=weight == _OF_NAME))


def _text(tables: Mapping[str, Any]) -> str:
    """The TOML of a taxonomy, one label and one keyword a line."""
    lines = [f"{name} = {value_text(tables[name])}" for name in ("version", "languages", "retired")]
    lines += ["", "[renamed]", "", "# What is answered when no keyword matches.", "[default]"]
    lines += [f"{name} = {value_text(value)}" for name, value in tables["default"].items()]
    for label, table in tables["categories"].items():
        lines += ["", f"[categories.{key_text(label)}]", f"name = {value_text(table['name'])}"]
        if table["subcategories"]:
            lines += ["", f"[categories.{key_text(label)}.subcategories]"]
            lines += [f"{key_text(sub)} = {value_text(names)}" for sub, names in table["subcategories"].items()]
    for language, keywords in tables["keywords"].items():
        lines += ["", f"[keywords.{key_text(language)}]"]
        lines += [f"{key_text(phrase)} = {value_text(entry)}" for phrase, entry in keywords.items()]
    return "\n".join(lines) + "\n"
