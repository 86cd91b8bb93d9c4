"""Text from outside, made safe for a terminal: it may hold the terminal's commands.

Unsafe are: C0 without tab, DEL, C1, the separators of lines and paragraphs, and what changes the direction of text.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_ITEM: Final = "\n- "
_LINE_ENDS: Final = (0x0A, 0x0D, 0x2028, 0x2029)
_DIRECTIONS: Final = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_UNSAFE: Final = frozenset({*range(9), *range(10, 32), *range(127, 160), *_LINE_ENDS, *_DIRECTIONS})

# Line ends become spaces, so that words stay apart.
_REMOVED: Final[dict[int, str | None]] = {**dict.fromkeys(_UNSAFE), **dict.fromkeys(_LINE_ENDS, " ")}
# A halved pair, which no encoding can write, is replaced too.
_REPLACED: Final = dict.fromkeys([*(_UNSAFE - {0x0A}), *range(0xD800, 0xE000)], _REPLACEMENT)
_UNSAFE_IN_JSON: Final = re.compile(f"[{re.escape(''.join(map(chr, sorted(_UNSAFE))))}\ud800-\udfff]")


def defused(text: str) -> str:
    """The text on one line, without unsafe characters: for logs."""
    return text.translate(_REMOVED)


def steady(text: str) -> str:
    """The text with its lines; a replacement character stands for each unsafe one."""
    return text.translate(_REPLACED)


def printable(text: str) -> str:
    """The text on one line; a replacement character stands for each that cannot be seen, a space for other spaces."""
    return "".join(_printable(sign) for sign in text)


def listed(text: str) -> str:
    """The text on one line, but for its list: each item that begins with `- ` has a line of its own."""
    return _ITEM.join(printable(line) for line in text.split(_ITEM))


def _printable(sign: str) -> str:
    if sign.isprintable():
        return sign
    return " " if sign.isspace() and ord(sign) not in _UNSAFE else _REPLACEMENT


def json_line(document: Any, *, ascii_only: bool = False, default: Callable[[Any], object] | None = None) -> str:
    """One line of JSON; unsafe characters are escaped, so that nothing is lost.

    Args:
        document: what is written.
        ascii_only: whether other letters than ASCII are escaped too.
        default: turns a value that has no form in JSON into one that has.

    Raises:
        TypeError: a value has no form in JSON.
    """
    line = json.dumps(document, ensure_ascii=ascii_only, default=default)
    return _UNSAFE_IN_JSON.sub(lambda sign: f"\\u{ord(sign[0]):04x}", line)
