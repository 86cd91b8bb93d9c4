"""The taxonomy: the labels that may leave the service, under one version."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from consumer.answer.taxonomy_file import Document, InvalidTaxonomy, parse, resolve
from tickets.files.plain_text import UnreadableText, read_text, why_unread

__all__ = ["Default", "InvalidTaxonomy", "Keyword", "LabelPair", "Taxonomy", "load_taxonomy", "shipped_text"]

LabelPair = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word or phrase of the rules.

    Attributes:
        text: as written in the taxonomy.
        precision: share of the `n` labelled tickets holding it that belong to `category`.
        n: labelled tickets holding it.
        subcategory_precision: share of those of `category` that belong to `subcategory`.
    """

    text: str
    language: str
    category: str
    precision: float
    n: int
    subcategory: str | None
    subcategory_precision: float | None


@dataclass(frozen=True, slots=True)
class Default:
    """What the rules answer when no keyword matches; `precision` of `n` such labelled tickets are of this category."""

    category: str
    precision: float
    n: int


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Categories, subcategories and their names, and what earlier labels are called now.

    `name` stays when the version changes; None where the file gives none.
    """

    version: str
    languages: tuple[str, ...]
    default: Default
    keywords: tuple[Keyword, ...]
    subcategories: Mapping[str, tuple[str, ...]]
    _names: Mapping[LabelPair, Mapping[str, str]]
    _answers: Mapping[LabelPair, LabelPair]
    _known: frozenset[str]
    _descriptions: Mapping[LabelPair, str]
    name: str | None = None

    def translate(self, category: str, subcategory: str | None = None) -> LabelPair | None:
        """The labels in use for a pair that a model or a person gave; None for an unknown or retired category.

        Renamed labels are translated. A subcategory that is unknown or retired is left out.
        """
        return self._answers.get((category, subcategory)) or self._answers.get((category, None))

    def knows(self, category: str) -> bool:
        """Whether this category is in use, or was: renamed and retired ones are known too."""
        return category in self._known

    @property
    def renamed(self) -> dict[str, str]:
        """Earlier labels, each with the label in use that it became; written `category` or `category/subcategory`."""
        return {_path(pair): _path(end) for pair, end in self._answers.items() if pair != end}

    def names(self, category: str, subcategory: str | None = None, language: str = "en") -> LabelPair:
        """The names that people see for a pair of labels; a label without a name in that language is its own name."""
        of_category = self._names.get((category, None), {}).get(language, category)
        if subcategory is None:
            return of_category, None
        return of_category, self._names.get((category, subcategory), {}).get(language, subcategory)

    def description(self, category: str, subcategory: str | None = None) -> str:
        """What belongs to a label in use, in the words of who made the taxonomy; empty where it says nothing."""
        return self._descriptions.get((category, subcategory), "")

    def names_in(self, language: str) -> dict[str, str]:
        """The names of all labels in a language, by `category` or `category/subcategory`: of each its own part only.

        A label without a name in that language is left out.
        """
        return {_path(pair): names[language] for pair, names in self._names.items() if language in names}


def load_taxonomy(path: Path | None = None) -> Taxonomy:
    """The taxonomy in this file; without a file, the shipped one.

    Raises:
        InvalidTaxonomy: the file cannot be read or used; it is a ConfigurationError.
    """
    if path is None:
        return from_document(parse(shipped_text(), "shipped with us"))
    try:
        text = read_text(path)
    except (OSError, UnreadableText) as error:
        mend = "correct TAXONOMY_FILE, or unset it to use the shipped taxonomy"
        raise InvalidTaxonomy(f"TAXONOMY_FILE={path}", [f"{why_unread(error)}; {mend}"]) from error
    return from_document(parse(text, f"TAXONOMY_FILE={path}"))


def shipped_text() -> str:
    """The text of the shipped taxonomy."""
    return (resources.files("consumer.answer") / "taxonomy.toml").read_text("utf-8")


def from_document(document: Document) -> Taxonomy:
    """The taxonomy of a checked document."""
    subcategories = {label: tuple(table.subcategories) for label, table in document.categories.items()}
    names: dict[LabelPair, Mapping[str, str]] = {}
    for category, table in document.categories.items():
        names[category, None] = table.name
        names |= {(category, subcategory): name for subcategory, name in table.subcategories.items()}
    return Taxonomy(
        version=document.version,
        languages=tuple(document.languages),
        default=Default(**document.default.model_dump()),
        keywords=tuple(
            Keyword(text=text, language=language, **entry.model_dump())
            for language, entries in document.keywords.items()
            for text, entry in entries.items()
        ),
        subcategories=subcategories,
        _names=names,
        _answers=_answers(document, list(names)),
        _known=frozenset(_pair(label)[0] for label in (*subcategories, *document.renamed, *document.retired)),
        _descriptions={
            _pair(resolve(document.renamed, label) or label): text for label, text in document.descriptions.items()
        },
        name=document.name,
    )


def _path(pair: LabelPair) -> str:
    category, subcategory = pair
    return category if subcategory is None else f"{category}/{subcategory}"


def _pair(label: str) -> LabelPair:
    category, _, subcategory = label.partition("/")
    return category, subcategory or None


def _answers(document: Document, in_use: list[LabelPair]) -> dict[LabelPair, LabelPair]:
    """Every pair that translates to a label in use, so that translating is one look-up."""
    steps = {_pair(old): _pair(new) for old, new in document.renamed.items()}
    parts = {part for _, part in (*in_use, *steps)}
    moved = {(category, part) for category, whole in steps if whole is None for part in parts}
    retired = {_pair(label) for label in document.retired}
    ends = {pair: _end(steps, pair) for pair in (*in_use, *sorted({*steps, *moved} - retired, key=str))}
    return {pair: end for pair, end in ends.items() if end in set(in_use)}


def _end(steps: Mapping[LabelPair, LabelPair], pair: LabelPair) -> LabelPair:
    """The last name of a pair: it follows its own rename, else the rename of its category.

    This ends: a checked document has no circle, and each chain of renames ends at a label in use.
    """
    while True:
        if pair in steps:
            pair = steps[pair]
        elif (pair[0], None) in steps:
            category, subcategory = steps[pair[0], None]
            pair = category, subcategory or pair[1]
        else:
            return pair
