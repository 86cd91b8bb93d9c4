"""Categories that somebody named, some with a sentence: a taxonomy whose rules are the words of names and sentences.

Beside them stand words that customers often use for such a category, in both languages. Nobody has measured any of
them. Each counts as if it had been right on one ticket, and on two where it stands in the name: so the words of names
come first, and no answer claims to be sure.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

from consumer.answer.taxonomy import LabelPair
from consumer.answer.words import words
from consumer.errors import ConfigurationError
from projects.spellings import folded, shown, slugs
from projects.stop_words import STOP_WORDS
from projects.ticket_languages import languages_of
from projects.toml_edit import key_text, value_text
from projects.word_families import relatives
from projects.word_forms import forms
from tickets.files.plain_text import UnreadableText, read_text, why_unread

LANGUAGES: Final = ("es", "en")
_WHOLE_NAME, _OF_NAME, _OF_SENTENCE, _RELATED = 3, 2, 1, 0
_SHORTEST = 3
_BULLET = re.compile(r"^\s*(?:[-*•·\u2013\u2014]|\d{1,3}[.)])\s+")
# Behind an address or a time of day, a colon is no end of a name.
_COLON = re.compile(r":(?=\s|$)|\uff1a")
_FILE = re.compile(r"[^\n:;]*\.(txt|md|csv|tsv|text|lst)", re.IGNORECASE)
# What is answered when no word is found.
_NAMES_OF_REST = "otros otras otro otra other others general varios varias misc miscellaneous resto rest"
_REST = frozenset(_NAMES_OF_REST.split())
# What people write around the subject of a category.
_AROUND = "relacionado relacionada relacionados relacionadas related etc ticket tickets cliente clientes customer"
_EMPTY = STOP_WORDS | frozenset(_AROUND.split()) | _REST
_LONGEST_NAME = 80
_FEWEST = 2
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


class Named(NamedTuple):
    """A category that somebody named.

    Attributes:
        name: as written; `Parent/Name` for a subcategory of another one in the list.
        sentence: what belongs to it; may be empty.
    """

    name: str
    sentence: str


def read(values: Sequence[str]) -> list[Named]:
    """The categories in files and texts.

    Args:
        values: each the name of a file with one category a line, or such lines themselves, also with `;` between them.

    Raises:
        ConfigurationError: a file cannot be read, or these are no categories.
    """
    named = [one for value in values for one in _lines_of(value)]
    sentences: dict[str, list[str]] = defaultdict(list)
    names: dict[str, str] = {}
    for one in named:
        names.setdefault(folded(one.name), one.name)
        sentences[folded(one.name)].append(one.sentence)
    if len(names) < _FEWEST:
        raise ConfigurationError(
            f"--categories names {'one category' if names else 'nothing'}: write at least two, one a line in a"
            " file, or in"
            ' quotes with ; between them, such as --categories "Billing: invoices; Shipping"'
        )
    return [Named(name, " ".join(filter(None, sentences[key]))) for key, name in names.items()]


def _lines_of(value: str) -> Iterator[Named]:
    for line in _text_of(value).splitlines():
        bare = _BULLET.sub("", line).strip()
        if not bare or bare.startswith("#"):
            continue
        name, sentence = (*(part.strip() for part in _COLON.split(bare, maxsplit=1)), "")[:2]
        if len(name) > _LONGEST_NAME:
            raise ConfigurationError(
                f"--categories: the name that begins with {shown(name)[:30]!r} is longer than {_LONGEST_NAME}"
                " characters;"
                " write NAME: SENTENCE"
            )
        if not words(name):
            raise ConfigurationError(f"--categories: {shown(bare)[:30]!r} begins with no name; write NAME: SENTENCE")
        yield Named(shown(name), shown(sentence))


def _text_of(value: str) -> str:
    path = Path(value)
    try:
        if "\n" not in value and path.is_file():
            return read_text(path)
    except (OSError, UnreadableText) as error:
        if not isinstance(error, OSError) or _FILE.fullmatch(value):
            raise ConfigurationError(f"--categories: {value} cannot be used: {why_unread(error)}") from None
    if _FILE.fullmatch(value.strip()):
        raise ConfigurationError(
            f"--categories: there is no file {value}; correct its name, or give the names themselves"
        )
    separated = value.replace(";", "\n")
    return separated if "\n" in separated.strip() or _COLON.search(value) else value.replace(",", "\n")


def taxonomy_of(named: Sequence[Named], today: date) -> str:
    """The text of a taxonomy.toml with these categories."""
    placed = _placed(named)
    language = language_of(named)
    categories: dict[str, Any] = {}
    for (category, subcategory), one in placed.items():
        names = dict.fromkeys(LANGUAGES, one.name)
        if subcategory is None:
            categories[category] = {"name": names, "subcategories": {}}
        else:
            categories[category]["subcategories"][subcategory] = names
    labels = list(categories)
    rest = next(filter(_is_rest, labels), labels[0])
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
    """The language of names and sentences, as one of LANGUAGES."""
    together = " ".join(f"{one.name} {one.sentence}" for one in named).lower()
    found = languages_of([f"\n{together}"])[0]
    return found if found in LANGUAGES else LANGUAGES[0]


def _placed(named: Sequence[Named]) -> dict[LabelPair, Named]:
    """Each category's label; `Parent/Name` is a subcategory where the parent is in the list itself."""
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
        of_parent = [
            one._replace(name=one.name.partition("/")[2].strip()) for one in named if parents.get(one) == parent
        ]
        within = slugs({folded(one.name): one.name for one in of_parent})
        placed |= {(labels[folded(parent)], within[folded(one.name)]): one for one in of_parent}
    return placed


def _is_rest(category: str) -> bool:
    return bool(set(category.split("_")) & _REST)


def _keywords(placed: Mapping[LabelPair, Named], language: str, *, own: bool) -> dict[str, dict[str, Any]]:
    """The words that point at one category; those of several names, or of several sentences, decide nothing."""
    owners: dict[str, dict[int, dict[LabelPair, None]]] = defaultdict(lambda: defaultdict(dict))
    for pair, one in placed.items():
        if _is_rest(pair[0]):
            # Nothing points at it: it is what is left.
            continue
        for phrase, weight in _phrases(one, language) if own else ():
            owners[phrase][weight][pair] = None
        for phrase in relatives(words(one.name), language):
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


def _phrases(one: Named, language: str) -> Iterator[tuple[str, int]]:
    yield " ".join(words(one.name)), _WHOLE_NAME
    for text, weight in ((one.name, _OF_NAME), (one.sentence, _OF_SENTENCE)):
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
