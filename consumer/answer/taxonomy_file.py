"""The taxonomy's file: its shape, and its checks. Each problem is reported with its label and its mend."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from consumer.answer.words import words
from consumer.errors import ConfigurationError
from schemas.probability import clamped

Label = Annotated[str, StringConstraints(pattern=r"^[^\s/]+$")]
Path = Annotated[str, StringConstraints(pattern=r"^[^\s/]+(/[^\s/]+)?$")]
Share = Annotated[float, AfterValidator(clamped), Field(ge=0, le=1)]
Names = dict[str, Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]]

_MENDS = {
    "missing": "is missing; add it",
    "extra_forbidden": "is an unknown key; remove it or correct its spelling",
    "string_pattern_mismatch": "is not a label; write category or category/subcategory, without spaces",
}
_MEASURE = "is missing; measure it with `ticketstream taxonomy measure`, or remove the keyword"


class InvalidTaxonomy(ConfigurationError):
    """A taxonomy file cannot be used; the message lists every problem with its label and mend."""

    def __init__(self, where: str, problems: list[str]) -> None:
        """Take the name of the file, as the message shows it, and at least one problem."""
        super().__init__(f"the taxonomy {where} cannot be used:\n" + "\n".join(f"- {problem}" for problem in problems))
        self.problems = tuple(problems)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DefaultTable(_Table):
    """The answer when no keyword matches, and how often it was right."""

    category: Label
    precision: Share
    n: int = Field(ge=1)


class KeywordTable(_Table):
    """One keyword's line: the labels it points at, and how often they were right on `n` labelled tickets."""

    category: Label
    precision: Share
    n: int = Field(ge=1)
    subcategory: Label | None = None
    subcategory_precision: Share | None = None


class CategoryTable(_Table):
    name: Names
    subcategories: dict[Label, Names] = {}


class Document(_Table):
    """The whole file; each value alone is valid. What must fit together is checked by `parse`."""

    version: Annotated[str, StringConstraints(pattern=r"^\S{1,64}$")]
    # Stays when the version changes: what people corrected belongs to the taxonomy of this name.
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] | None = None
    languages: list[str] = Field(min_length=1)
    default: DefaultTable
    categories: dict[Label, CategoryTable] = Field(min_length=1)
    retired: list[Path] = []
    renamed: dict[Path, Path] = {}
    # What belongs to a label, for an LLM, in any language.
    descriptions: dict[
        Path, Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
    ] = {}
    keywords: dict[str, dict[str, KeywordTable]] = {}

    def knows(self, label: str) -> bool:
        """Whether `category` or `category/subcategory` is in use."""
        category, _, subcategory = label.partition("/")
        table = self.categories.get(category)
        return table is not None and (not subcategory or subcategory in table.subcategories)


def parse(text: str, where: str) -> Document:
    """The document in a TOML text, checked.

    Args:
        text: the file's content.
        where: the name of the file in error messages.

    Raises:
        InvalidTaxonomy: it names every problem, as far as one does not hide the next.
    """
    try:
        document = Document.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise InvalidTaxonomy(
            where, [_misshapen(found["loc"], found["type"], found["msg"]) for found in error.errors()]
        ) from None
    except (ValueError, RecursionError) as error:
        # Beside TOMLDecodeError, which is a ValueError, for numbers of thousands of digits and tables in tables.
        raise InvalidTaxonomy(where, [_not_toml(error, text)]) from error
    if problems := [*_names(document), *_labels(document), *_descriptions(document), *_keywords(document)]:
        raise InvalidTaxonomy(where, problems)
    return document


def resolve(renamed: Mapping[str, str], label: str) -> str | None:
    """The last label of a chain of renames; None when the chain is a circle."""
    seen = set[str]()
    while label in renamed:
        if label in seen:
            return None
        seen.add(label)
        label = renamed[label]
    return label


# The only line end that the parser counts.
_LINE_END = "\n"


def _not_toml(error: ValueError | RecursionError, text: str) -> str:
    """The parser's message with the line it names: for a repeated key the message itself does not name the key."""
    line_number = re.search(r"at line (\d+)", str(error))
    line = f": `{text.split(_LINE_END)[int(line_number[1]) - 1].strip()}`" if line_number else ""
    is_repeated = "overwrite" in str(error) or "declare" in str(error)
    repeated = "; a label may be written once only, remove the repetition" if is_repeated else ""
    return f"it is not valid TOML: {error}{line}{repeated}"


def _misshapen(location: tuple[int | str, ...], kind: str, message: str) -> str:
    path = [str(part) for part in location if part != "[key]"]
    if kind == "missing" and path[0] == "keywords":
        return f"{'.'.join(path)} {_MEASURE}"
    return f"{'.'.join(path)} {_MENDS.get(kind, f'is wrong: {message[0].lower()}{message[1:]}')}"


def _repeated(values: Iterator[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]


def _names(document: Document) -> Iterator[str]:
    """Problems of names: every label needs one in each language, and siblings must not share one."""
    levels = {"": {label: table.name for label, table in document.categories.items()}}
    levels |= {f"{label}/": table.subcategories for label, table in document.categories.items()}
    for prefix, names in levels.items():
        for label, name in names.items():
            for language in sorted(set(document.languages) ^ set(name)):
                mend = "add it" if language in document.languages else "remove it, or add the language to `languages`"
                state = "has no" if language in document.languages else "has an undeclared"
                yield f"{prefix}{label} {state} name in {language!r}; {mend}"
        for folded in _repeated(label.casefold() for label in names):
            yield f"{prefix}{folded} is written in several spellings; keep one label"
        for language in document.languages:
            for shared in _repeated(name[language].casefold() for name in names.values() if language in name):
                alike = [f"{prefix}{x}" for x, name in names.items() if name.get(language, "").casefold() == shared]
                yield f"{' and '.join(alike)} have the same name in {language!r}; rename one of them"


def _labels(document: Document) -> Iterator[str]:
    """Problems of the default, retired and renamed labels."""
    if not document.knows(document.default.category):
        yield f"default.category: {document.default.category} is no category; name one of [categories]"
    for label in _repeated(iter(document.retired)):
        yield f"retired: {label} is listed twice; remove one"
    for label in {*document.retired, *document.renamed}:
        lists = [name for name in ("retired", "renamed") if label in getattr(document, name)]
        if document.knows(label):
            yield f"{label} is in use and {lists[0]}; remove it from [categories] or from {lists[0]}"
        elif len(lists) == 2:
            yield f"{label} is both retired and renamed; keep one"
    for old in document.renamed:
        end = resolve(document.renamed, old)
        if end is None:
            yield f"renamed: {old} is renamed in a circle; let the chain end at a label in use"
        elif not document.knows(end):
            state = "retired" if end in document.retired else "unknown"
            yield f"renamed: {old} leads to {end}, which is {state}; let it lead to a label in use"


def _descriptions(document: Document) -> Iterator[str]:
    """Problems of descriptions: each is of one label in use, by its name of today or an earlier one."""
    today = {label: resolve(document.renamed, label) or label for label in document.descriptions}
    for label, end in today.items():
        if not document.knows(end):
            yield f"descriptions: {label} is no label in use; correct or remove it"
    for end in _repeated(iter(today.values())):
        both = " and ".join(label for label in today if today[label] == end)
        yield f"descriptions: {both} are one label today; keep one description"


def _keywords(document: Document) -> Iterator[str]:
    """Problems of keywords: they must point at labels in use and differ after folding."""
    for language, keywords in document.keywords.items():
        if language not in document.languages:
            yield f"keywords.{language}: the language is not in `languages`; add it there"
        for folded in _repeated(" ".join(words(keyword)) for keyword in keywords):
            yield f"keywords.{language}: {folded!r} is written in several spellings; keep one, or one with a word in it"
        for keyword, entry in keywords.items():
            path = f"keywords.{language}.{keyword!r}"
            label = "/".join(filter(None, (entry.category, entry.subcategory)))
            if not words(keyword):
                yield f"{path} holds no word; remove it"
            if not document.knows(label):
                yield f"{path} points at the unknown label {label}; correct it, or add the label to [categories]"
            if (entry.subcategory is None) != (entry.subcategory_precision is None):
                yield f"{path} needs both subcategory and subcategory_precision, or neither"
