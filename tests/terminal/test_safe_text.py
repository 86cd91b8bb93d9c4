"""Text from outside on its way to a terminal."""

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from terminal.safe_text import defused, json_line, printable, steady

ANY_TEXT = st.text(st.characters(codec=None))
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def commands(text: str, allowed: str = "") -> list[str]:
    """The characters of a text that a terminal would obey, or that turn the direction of what it shows."""
    return [
        sign
        for sign in text
        if sign not in allowed and (unicodedata.category(sign) in {"Cc", "Zl", "Zp"} or sign in DIRECTIONS)
    ]


@given(ANY_TEXT)
def test_nothing_commands_the_terminal(text: str) -> None:
    """Each way leaves what can be read; lines stay lines in one of them only."""
    assert commands(defused(text), "\t") == []
    assert commands(steady(text), "\t\n") == []
    assert commands(printable(text)) == []
    assert steady(text).count("\n") == text.count("\n")


@given(ANY_TEXT.filter(str.isprintable))
def test_what_can_be_read_stays(text: str) -> None:
    """Letters of every script and signs of every kind pass as they are."""
    assert defused(text) == steady(text) == printable(text) == text


@given(ANY_TEXT)
def test_safe_text_can_be_written(text: str) -> None:
    """A halved pair, which no encoding can write, reaches no stream."""
    for safe in (steady(text), printable(text)):
        assert safe.encode().decode() == safe


def test_spaces_stay_spaces() -> None:
    """No-break spaces and tabs in a cell are spaces, no boxes."""
    assert printable("a\u00a0b\tc\u3000d") == "a b c d"


@given(
    st.recursive(ANY_TEXT | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner))
)
def test_json_is_safe_and_loses_nothing(document: object) -> None:
    """What a program reads is what there was, on one line."""
    for ascii_only in (False, True):
        line = json_line(document, ascii_only=ascii_only)

        assert json.loads(line) == document
        assert commands(line) == []
        assert line.encode("ascii" if ascii_only else "utf-8")
