"""Words as they look when UTF-8 was read as another encoding."""

from pathlib import Path

WORDS = Path(__file__).with_name("support_words.txt").read_text("utf-8").split()
"""500 Spanish and English words that differ after accent folding."""
# The sloppy encoding of ftfy reads the bytes that Windows-1252 leaves undefined as browsers do.
_SINGLE = ("latin-1", "sloppy-windows-1252", "cp437", "cp850", "mac_roman")
MISREADINGS = [(first,) for first in _SINGLE] + [(first, second) for first in _SINGLE for second in _SINGLE]


def misread(text: str, encodings: tuple[str, ...], errors: str = "strict") -> str:
    """The text as UTF-8 that was read as another encoding, once for each."""
    for encoding in encodings:
        text = text.encode().decode(encoding, errors)
    return text
