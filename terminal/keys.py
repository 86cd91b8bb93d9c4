"""Keys of the person at the terminal, one by one, without Enter. A program presses none."""

import codecs
import os
import select
import sys
import termios
import tty
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

END: Final = "end"
"""The keyboard is gone, or Ctrl-D was pressed."""
ENTER: Final = "enter"
ESCAPE: Final = "escape"
BACKSPACE: Final = "backspace"
OTHER: Final = "other"
"""A key that is no character, such as an arrow."""

_NAMED: Final = {"\r": ENTER, "\n": ENTER, "\x7f": BACKSPACE, "\x08": BACKSPACE, "\x04": END}
# The rest of an arrow's code follows at once; nobody types so fast.
_REST_S: Final = 0.05


class Keyboard:
    """The keys of a terminal, while the block lasts. Ctrl-C interrupts as always.

    Args:
        file: the terminal's descriptor; None is standard input.
    """

    def __init__(self, file: int | None = None) -> None:
        self._file = sys.stdin.fileno() if file is None else file

    def __enter__(self) -> Self:
        self._before = termios.tcgetattr(self._file)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        # What was typed before is kept.
        tty.setcbreak(self._file, termios.TCSADRAIN)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The terminal may have been closed.
        with suppress(termios.error):
            termios.tcsetattr(self._file, termios.TCSADRAIN, self._before)

    def key(self, timeout_s: float | None) -> str | None:
        """Wait for a key; None when none came in time.

        Returns:
            A character, or one of END, ENTER, ESCAPE, BACKSPACE and OTHER.
        """
        while self._comes(timeout_s):
            byte = self._byte()
            if not byte:
                return END
            if byte == b"\x1b":
                return self._escape()
            if sign := self._decoder.decode(byte):
                return _NAMED.get(sign, sign if sign.isprintable() else OTHER)
        return None

    def _escape(self) -> str:
        """Read ESC alone, or a key's code (ECMA-48, 5.4) up to its last byte: no key behind it is lost."""
        if not self._comes(_REST_S):
            return ESCAPE
        byte = self._byte()
        if byte == b"O":
            self._byte()
        elif byte == b"[":
            while self._comes(_REST_S) and (byte := self._byte()) and not b"@" <= byte <= b"~":
                pass
        return OTHER

    def _comes(self, timeout_s: float | None) -> bool:
        return bool(select.select([self._file], [], [], timeout_s)[0])

    def _byte(self) -> bytes:
        try:
            return os.read(self._file, 1)
        except OSError:
            # The terminal was closed.
            return b""
