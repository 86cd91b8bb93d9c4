"""Which format a file has."""

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal, TextIO, get_args

from tickets.files.bad_lines import FileRefused, listed
from tickets.files.json_values import NotJson, elements

Format = Literal["csv", "tsv", "json", "jsonl"]
FORMATS: tuple[Format, ...] = get_args(Format)

_BY_ENDING: dict[str, Format] = {"csv": "csv", "tsv": "tsv", "jsonl": "jsonl", "ndjson": "jsonl", "json": "json"}
# Where an object holds several lists of objects, the tickets are in the first of these that is there.
_LISTS = ("tickets", "issues", "cases", "conversations", "requests", "incidents", "results", "items", "records", "data")


def format_of(path: Path, chosen: Format | None, beginning: str) -> Format:
    """The format that was chosen, or that of the file's name, or that of its content.

    Args:
        path: `.gz` at its end does not count.
        chosen: What a user said.
        beginning: Some thousand characters of the file.
    """
    ending = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    kind = chosen or _BY_ENDING.get(ending) or _of_content(beginning)
    return "jsonl" if kind == "json" and _begins_with_rows(beginning) else kind


def _of_content(beginning: str) -> Format:
    return "json" if beginning.lstrip()[:1] in {"[", "{"} else "csv"


def _begins_with_rows(beginning: str) -> bool:
    """Whether the first two lines are objects: a document has only one at its top."""
    lines = list(islice((line for line in beginning.splitlines() if line.strip()), 2))
    return len(lines) == 2 and all(line.lstrip().startswith("{") for line in lines)


def list_of_rows(text: TextIO, is_row: Callable[[Sequence[str]], bool]) -> str | None:
    """The name of the list that holds a document's rows: empty where the document is a list, None where it is one row.

    Args:
        text: The document.
        is_row: Whether an object with these names is a row itself.

    Raises:
        FileRefused: it holds several lists of objects, or none, or is no JSON.
    """
    lists: dict[str, None] = {}
    names: list[str] = []
    try:
        for part in elements(text):
            if part.in_list and not part.name:
                return ""
            if not part.in_list:
                names.append(part.name)
            elif isinstance(part.value, dict):
                lists.setdefault(part.name)
    except NotJson:
        if not lists:
            raise FileRefused("is not JSON") from None
    return _chosen_list(list(lists), itself=is_row(names))


def _chosen_list(lists: list[str], *, itself: bool) -> str | None:
    known = [name for wanted in _LISTS for name in lists if name.rpartition(".")[2].casefold() == wanted]
    if known and not itself:
        return known[0]
    if itself:
        return known[0] if known[:1] == ["tickets"] else None
    if len(lists) == 1:
        return lists[0]
    if lists:
        raise FileRefused(f"holds several lists ({listed(lists)}); make a file of the one with the tickets")
    raise FileRefused("holds no tickets")
