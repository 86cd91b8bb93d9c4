"""A short text that a user names: settings, secrets, a taxonomy, a policy."""

from pathlib import Path

from tickets.files.byte_order import marked, without_mark

_BYTE_ORDER_MARK = "\ufeff"
# Without a byte order mark, a few NULs are no sign of UTF-16.
_NULS_OF_UTF_16 = 0.4
_LARGEST_BYTES = 16 * 1024 * 1024


class UnreadableText(ValueError):
    """A file holds no text. The message goes on behind `it` and says what to do; it quotes nothing of the file."""


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 or UTF-32 where its first bytes say so; without a byte order mark.

    Raises:
        OSError: the file cannot be read.
        UnreadableText: it is in another encoding, or no text.
    """
    with path.open("rb") as file:
        content = file.read(_LARGEST_BYTES + 1)
    if len(content) > _LARGEST_BYTES:
        raise UnreadableText(f"is larger than {_LARGEST_BYTES // 1024**2} MiB; name another file")
    text = _decoded(content)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableText(f"holds a NUL character in line {line}, as no text does; save it as UTF-8")
    return text.removeprefix(_BYTE_ORDER_MARK)


def _decoded(content: bytes) -> str:
    wide = marked(content) or (without_mark(content) if content.count(0) >= _NULS_OF_UTF_16 * len(content) else None)
    try:
        return content.decode(wide or "utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"line {line} holds the byte 0x{content[error.start]:02x}"
        claimed = f", nor {wide.upper()}, as which it begins" if wide and wide != "utf-8" else ""
        raise UnreadableText(f"is not UTF-8 text{claimed}: {found}; save it as UTF-8") from None


def why_unread(error: OSError | UnreadableText) -> str:
    """What `read_text` raised, as a sentence about the file without its full stop."""
    if isinstance(error, UnreadableText):
        return f"it {error}"
    words = error.strerror
    return words if isinstance(words, str) and words.strip() else type(error).__name__
