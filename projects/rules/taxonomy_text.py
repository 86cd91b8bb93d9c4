"""A taxonomy's file, written for people to edit."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from classifier.model import Label
from consumer.answer.taxonomy import Default
from projects.rules.keywords import Mined

_BARE = re.compile(r"[A-Za-z0-9_-]+")

_HEAD = """\
# The categories of your tickets, and the keywords of the rules, which answer while the model cannot be asked.
#
# A label is written `category` or `category/subcategory`; the model answers with these labels, so rename one only under
# [renamed]. Names are what people see: change them freely. Raise `version` with every change: each answer carries the
# version it was given under.

version = {version}

# Every label has a name in each of these, and keywords are in these.
languages = {languages}

# Labels that may not be answered any more: `retired = ["category", "category/subcategory"]`, and labels that were given
# another name or place, old = new: `"category/old" = "category/new"` under [renamed].
retired = []

[renamed]

# What is answered when no keyword matches. Of `n` such tickets the share `precision` belonged to this category.
[default]
category = {category}
precision = {precision}
n = {n}
"""
_KEYWORDS = """\

# Keywords: words and phrases without regard to case and accents. Of `n` tickets that hold one, the share `precision`
# belonged to the category; of those, the share `subcategory_precision` to the subcategory. Each was measured on tickets
# that did not choose it. Remove what makes no sense to you; a keyword that you add needs figures from your tickets.
"""


def taxonomy_text(
    names: Mapping[Label, str], languages: Sequence[str], default: Default, keywords: Sequence[Mined], today: date
) -> str:
    """The text of taxonomy.toml.

    Args:
        names: Each label's name, the same in every language.
        languages: The languages of names and keywords.
        default: What is answered when no keyword matches.
        keywords: In the order in which they stand for each category.
        today: The day in the version.
    """
    head = _HEAD.format(
        version=_quoted(f"{today.isoformat()}-1"),
        languages=f"[{', '.join(map(_quoted, languages))}]",
        category=_quoted(default.category),
        precision=default.precision,
        n=default.n,
    )
    return head + "".join(f"{line}\n" for line in (*_categories(names, languages), *_keywords(keywords, languages)))


def _categories(names: Mapping[Label, str], languages: Sequence[str]) -> Iterator[str]:
    for category in sorted({label[0] for label in names}):
        yield ""
        yield f"[categories.{_key(category)}]"
        yield f"name = {_in_each(names[category, None], languages)}"
        subcategories = sorted(label[1] for label in names if label[0] == category and label[1] is not None)
        if subcategories:
            yield ""
            yield f"[categories.{_key(category)}.subcategories]"
            for subcategory in subcategories:
                yield f"{_key(subcategory)} = {_in_each(names[category, subcategory], languages)}"


def _in_each(name: str, languages: Sequence[str]) -> str:
    return _inline((language, _quoted(name)) for language in sorted(languages))


def _keywords(keywords: Sequence[Mined], languages: Sequence[str]) -> Iterator[str]:
    yield from _KEYWORDS.removesuffix("\n").split("\n")
    for language in languages:
        yield ""
        yield f"[keywords.{_key(language)}]"
        before = ""
        for keyword in (keyword for keyword in keywords if keyword.language == language):
            if keyword.category != before:
                yield ""
                yield f"# {keyword.category}"
                before = keyword.category
            yield f"{_key(keyword.text)} = {_inline(_figures(keyword))}"


def _figures(keyword: Mined) -> Iterator[tuple[str, str]]:
    yield "category", _quoted(keyword.category)
    yield "precision", str(keyword.precision)
    yield "n", str(keyword.n)
    if keyword.subcategory is not None:
        yield "subcategory", _quoted(keyword.subcategory)
        yield "subcategory_precision", str(keyword.subcategory_precision)


def _inline(entries: Iterable[tuple[str, str]]) -> str:
    return "{ " + ", ".join(f"{_key(key)} = {value}" for key, value in entries) + " }"


def _key(text: str) -> str:
    return text if _BARE.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    """A basic string of TOML, which is one of JSON but for what stands beyond U+FFFF, and DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
