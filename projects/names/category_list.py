"""Categories as people write them: one a line, `NAME`, `NAME | NAME`, `NAME: SENTENCE`."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from consumer.answer.words import words
from consumer.errors import ConfigurationError
from projects.tickets.spellings import alike, folded, shown, slug
from tickets.files.bad_lines import FileRefused
from tickets.files.columns import folded as column_name
from tickets.files.columns import layout
from tickets.files.encoding import found
from tickets.files.names import CATEGORY, LABELLED
from tickets.files.plain_text import UnreadableText, read_text, why_unread

HOW: Final = "write NAME or NAME: SENTENCE, with | between its names in two languages"
_BULLET = re.compile(r"^\s*(?:[-*•·\u2013\u2014]|\d{1,3}[.)])\s+")
# Behind an address or a time of day, a colon is no end of a name. What was copied from a spreadsheet has a tab.
_END_OF_NAME = re.compile(r":(?=\s|$)|\uff1a|\t(?=\s*\S)")
_BETWEEN_NAMES = re.compile(r"[|\uff5c]")
_FILE = re.compile(r"[^\n:;,|]*\.(txt|text|lst|md|csv|tsv|xlsx?|ods|docx?|jsonl?|ya?ml|toml)", re.IGNORECASE)
_BETWEEN_CELLS = re.compile(r"[,;\t]")
_TABLE = re.compile(r"\.(csv|tsv)$", re.IGNORECASE)
_NO_TABLE = f"tickets belong to --from; categories stand one a line: {HOW}"
_HEADERS = frozenset(map(column_name, (*CATEGORY, "categories", "categorías", "name", "names", "nombre", "nombres")))
_LARGEST = 1024 * 1024
_LONGEST_NAME = 80
_LONGEST_SHOWN = 30
_FEWEST = 2
_MOST = 1000
_MOST_NOTES = 5


class Named(NamedTuple):
    """A category that somebody named.

    Attributes:
        name: as written; `Parent/Name` for a subcategory of another one in the list.
        sentence: what belongs to it; may be empty.
        other: its name in the other language; empty where it is the same.
    """

    name: str
    sentence: str
    other: str = ""


class CategoryList(NamedTuple):
    """A list of categories.

    Attributes:
        named: without doubles.
        notes: what people should know of it, a sentence each.
    """

    named: list[Named]
    notes: list[str]


class _Line(NamedTuple):
    """A line with a category.

    Attributes:
        at: where it stands, for messages.
    """

    at: str
    named: Named


def read(values: Sequence[str]) -> list[Named]:
    """The categories in files and texts; arguments and errors are those of `read_list`."""
    return read_list(values).named


def read_list(values: Sequence[str]) -> CategoryList:
    """The categories in files and texts, and what is odd about them.

    Args:
        values: each the name of a file with one category a line, or such lines themselves, also with `;` between them.

    Raises:
        ConfigurationError: a file cannot be read, or these are no categories.
    """
    lines = [line for value in values for line in _lines_of(value)]
    by_name: dict[str, list[_Line]] = defaultdict(list)
    for line in lines:
        by_name[folded(line.named.name)].append(line)
    if len(by_name) < _FEWEST:
        raise ConfigurationError(_too_few(values, len(by_name)))
    if len(by_name) > _MOST:
        raise ConfigurationError(
            f"--categories names {len(by_name):,} categories, and {_MOST:,} is the most: is it a file of tickets? Those"
            " belong to --from"
        )
    notes = [
        f"{printed(same[0].named.name)} is named {len(same)} times ({', '.join(line.at for line in same)}): it is one"
        " category, with all its sentences"
        for same in by_name.values()
        if same[1:]
    ]
    notes += [
        f"{' and '.join(map(printed, spelling.labels))} look like one category: name it once, if it is one"
        for spelling in alike({same[0].named.name: 1 for same in by_name.values()})
    ]
    more = [f"{len(notes) - _MOST_NOTES} more names are doubled or look alike"] if len(notes) > _MOST_NOTES else []
    named = [_joined(same) for same in by_name.values()]
    refuse_shared(named)
    return CategoryList(named, [*notes[:_MOST_NOTES], *more])


def refuse_shared(named: Sequence[Named]) -> None:
    """Refuse two categories with one name in the other language.

    Raises:
        ConfigurationError: there are two.
    """
    seen: dict[tuple[str, str], str] = {}
    for one in named:
        # Subcategories of two categories may have one name.
        parent = one.name.rpartition("/")[0] if one.other else ""
        key = parent.casefold(), (one.other or one.name).casefold()
        if key in seen:
            raise ConfigurationError(
                f"--categories: {printed(seen[key])} and {printed(one.name)} have the same name in the other language,"
                f" {printed(one.other or one.name)}: give one of them another name"
            )
        seen[key] = one.name


def printed(name: str) -> str:
    """A name within a message."""
    return f"'{name if len(name) <= _LONGEST_SHOWN else f'{name[: _LONGEST_SHOWN - 1]}…'}'"


def words_of(name: str) -> list[str]:
    """The words of a name; of an emoji those of its Unicode name."""
    return words(name) or words(slug(name).replace("_", " "))


def _joined(lines: Sequence[_Line]) -> Named:
    first = lines[0].named
    sentences = dict.fromkeys(line.named.sentence for line in lines if line.named.sentence)
    return Named(first.name, " ".join(sentences), next((line.named.other for line in lines if line.named.other), ""))


def _too_few(values: Sequence[str], count: int) -> str:
    at = next((value for value in values if _is_file(value)), "")
    what = "one category" if count else "nothing"
    no_file = f"; there is no file {printed(values[0])} either" if not at and len(values) == 1 and count else ""
    return (
        f"--categories{f' {at}' if at else ''} names {what}: write at least two, one a line in a file, or in quotes"
        f' with ; between them, such as --categories "Billing: invoices; Shipping"{no_file}'
    )


def _is_file(value: str) -> bool:
    try:
        return "\n" not in value and Path(value).is_file()
    except (OSError, ValueError):
        return False


def _lines_of(value: str) -> Iterator[_Line]:
    file, text = _text_of(value)
    if file:
        _refuse_tables(file, text)
    for number, line in enumerate(text.split("\n"), 1):
        bare = _unquoted(_BULLET.sub("", line).strip())
        is_header = number == 1 and _TABLE.search(file) and column_name(bare.strip('"')) in _HEADERS
        if bare and not bare.startswith("#") and not is_header:
            at = f"{file} line {number}" if file else f"name {number}"
            yield _Line(at, _named(bare, f"--categories, {at}"))


def _unquoted(line: str) -> str:
    """A line without the quotes around the whole of it, as tables have them."""
    return line[1:-1].strip() if line.count('"') == 2 and line[0] == line[-1] == '"' else line


def _named(line: str, at: str) -> Named:
    names, sentence = (*_END_OF_NAME.split(line, maxsplit=1), "")[:2]
    both = [shown(name) for name in _BETWEEN_NAMES.split(names)]
    if len(both) > 2:
        raise ConfigurationError(f"{at}: more than two names with | between them; {HOW}")
    for name in both:
        if len(name) > _LONGEST_NAME:
            raise ConfigurationError(
                f"{at}: the name that begins with {printed(name)} is longer than {_LONGEST_NAME} characters; {HOW}"
            )
    if ";" in names:
        # Within a file: in texts it stands between categories.
        raise ConfigurationError(
            f"{at}: {printed(shown(names))} has ; in it; write one category a line, as NAME: SENTENCE"
        )
    if not any(unicodedata.category(sign)[0] in "LNS" for sign in both[0]):
        raise ConfigurationError(f"{at}: {printed(shown(line))} begins with no name; {HOW}")
    other = both[1] if both[1:] else ""
    return Named(both[0], shown(sentence), "" if other == both[0] else other)


def _text_of(value: str) -> tuple[str, str]:
    """The name of the file, empty where the value is the text itself; and lines."""
    path = Path(value)
    try:
        if "\n" not in value and path.is_file():
            text = "\n".join(_text_in(path).splitlines())
            meant = [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]
            return value, (text.replace(";", "\n") if len(meant) == 1 else text)
        is_folder = "\n" not in value and path.is_dir()
    except (OSError, ValueError) as error:
        if not isinstance(error, OSError) or _FILE.fullmatch(value):
            why = why_unread(error) if isinstance(error, OSError | UnreadableText) else "its name holds a NUL"
            raise ConfigurationError(f"--categories: {value} cannot be used: {why}") from None
        is_folder = False
    if is_folder:
        raise ConfigurationError(
            f"--categories: {value} is a folder; name the file in it, or give the names themselves"
        )
    if _FILE.fullmatch(value.strip()):
        raise ConfigurationError(
            f"--categories: there is no file {value}; correct its name, or give the names themselves"
        )
    separated = value.replace(";", "\n")
    is_list = "\n" in separated.strip() or _END_OF_NAME.search(value)
    return "", "\n".join((separated if is_list else value.replace(",", "\n")).splitlines())


def _text_in(path: Path) -> str:
    """The text of a file in any encoding that an export may have.

    Raises:
        OSError: the file cannot be read.
        UnreadableText: it is no text.
    """
    try:
        return read_text(path)
    except UnreadableText as error:
        content = path.read_bytes()[:_LARGEST]
        # Letters of Western Europe are few bytes among many of ASCII; what is no text has control characters.
        if any(byte < 32 and byte not in b"\t\n\r\f" for byte in content):
            raise
        try:
            return content.decode(found([content]))
        except (FileRefused, UnicodeDecodeError):
            raise error from None


def _refuse_tables(file: str, text: str) -> None:
    """Refuse what is no list of names: JSON, and tables of tickets or of anything else."""
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        return
    if lines[0].lstrip()[0] in "{[":
        raise ConfigurationError(f"--categories, {file} line 1: this is JSON; {_NO_TABLE}")
    places = layout([cell.strip(' "') for cell in _BETWEEN_CELLS.split(lines[0])], LABELLED, {}).fields
    if len([field for field, columns in places.items() if columns]) > 1:
        raise ConfigurationError(f"--categories, {file} line 1: these are the columns of a table; {_NO_TABLE}")
    if _TABLE.search(file):
        counts = {(sign, line.count(sign)) for line in lines for sign in ",;"}
        sign = next((sign for sign in ",;" if len({count for other, count in counts if other == sign}) == 1), None)
        if sign and (sign, 0) not in counts and lines[1:]:
            raise ConfigurationError(
                f"--categories, {file} line 1: this is a table with {sign} between cells; {_NO_TABLE}"
            )
