"""Keys are read one by one, from a real terminal."""

import os
import pty
import termios
from collections.abc import Iterator

import pytest

from terminal.keys import BACKSPACE, END, ENTER, ESCAPE, OTHER, Keyboard


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Where a person types, and what a program reads."""
    ours, its = pty.openpty()
    yield ours, its
    os.close(ours)
    os.close(its)


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        (b"y", ["y"]),
        (b"c2", ["c", "2"]),
        (b"\r", [ENTER]),
        (b"\n", [ENTER]),
        (b"\x7f\x08", [BACKSPACE, BACKSPACE]),
        (b"\x04", [END]),
        ("ñ€😀".encode(), ["ñ", "€", "😀"]),
        (b"\x1b[Ay", [OTHER, "y"]),
        (b"\x1b[1;5Cy", [OTHER, "y"]),
        (b"\x1bOPy", [OTHER, "y"]),
        (b"\x01", [OTHER]),
        (b"\x1b", [ESCAPE]),
        (b"\xff", ["\N{REPLACEMENT CHARACTER}"]),
    ],
    ids=[
        "letter",
        "two",
        "return",
        "newline",
        "backspace",
        "end",
        "unicode",
        "arrow",
        "long",
        "f1",
        "control",
        "esc",
        "bad",
    ],
)
def test_keys(terminal: tuple[int, int], typed: bytes, keys: list[str]) -> None:
    """Each key is told once, and no key swallows the next."""
    ours, its = terminal
    with Keyboard(its) as keyboard:
        os.write(ours, typed)
        assert [keyboard.key(10) for _ in keys] == keys
        assert keyboard.key(0) is None


def test_a_key_may_not_come(terminal: tuple[int, int]) -> None:
    """Then the time is over."""
    with Keyboard(terminal[1]) as keyboard:
        assert keyboard.key(0.01) is None


def test_the_terminal_is_as_before(terminal: tuple[int, int]) -> None:
    """Also when the block fails; within it nothing is echoed."""
    its = terminal[1]
    before = termios.tcgetattr(its)

    def fail() -> None:
        with Keyboard(its):
            assert not termios.tcgetattr(its)[3] & (termios.ECHO | termios.ICANON)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert termios.tcgetattr(its) == before


def test_a_terminal_that_is_closed_is_the_end() -> None:
    """Nobody is there any more."""
    ours, its = pty.openpty()
    with Keyboard(its) as keyboard:
        os.close(ours)
        assert keyboard.key(10) == END
    os.close(its)
