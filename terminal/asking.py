"""Questions to the person at the terminal. A program is never asked."""

import sys
from collections.abc import Sequence

from terminal.output import console, tell
from terminal.safe_text import printable

_TRIES = 3


class Unanswered(Exception):
    """There was no answer that could be used."""


def somebody_is_there() -> bool:
    """Whether questions are seen, and answers come from a keyboard."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> str:
    """What was typed, without blanks around it; empty when only Enter was pressed.

    Raises:
        Unanswered: the input ended.
    """
    tell(question)
    try:
        return console.input("> ").strip()
    except EOFError:
        raise Unanswered from None


def choose(question: str, options: Sequence[str], *, or_none: str = "") -> int | None:
    """The place of the option that was chosen by its number or its name.

    Args:
        question: what it is about.
        options: at least one.
        or_none: what Enter alone means; without it, Enter is no answer.

    Raises:
        Unanswered: the input ended, or three answers were none of these.
    """
    lines = [f"  {number}  {printable(option)}" for number, option in enumerate(options, 1)]
    lines += [f"  Enter  {or_none}"] if or_none else []
    asked = "\n".join([question, *lines])
    for _ in range(_TRIES):
        typed = ask(asked)
        if not typed and or_none:
            return None
        if typed.isdecimal() and 1 <= int(typed) <= len(options):
            return int(typed) - 1
        same = [place for place, option in enumerate(options) if option.casefold() == typed.casefold()]
        if typed and len(same) == 1:
            return same[0]
        asked = f"Type a number from 1 to {len(options)}{', or press Enter' if or_none else ''}."
    raise Unanswered
