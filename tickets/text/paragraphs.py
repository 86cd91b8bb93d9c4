"""Paragraphs of a mail, and what counts as saying something."""

from collections.abc import Iterable, Sequence


def says(lines: Iterable[str]) -> bool:
    """Whether any line holds a letter or a digit."""
    return any(map(says_something, lines))


def says_something(line: str) -> bool:
    """Whether a line holds a letter or a digit."""
    return any(map(str.isalnum, line))


def paragraphs(lines: Sequence[str]) -> list[tuple[int, int]]:
    """List the first line of each paragraph and the one after the last; lines of signs stand between paragraphs."""
    found: list[tuple[int, int]] = []
    begin: int | None = None
    for index, line in enumerate(lines):
        if any(map(str.isalnum, line)):
            begin = index if begin is None else begin
        elif begin is not None:
            found.append((begin, index))
            begin = None
    return found if begin is None else [*found, (begin, len(lines))]


def joined(lines: Sequence[str], begin: int, end: int) -> str:
    """Some of the lines as one."""
    return " ".join(lines[begin:end])
