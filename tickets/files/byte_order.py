"""Encodings that show in the first bytes: by a byte order mark, or by the NULs of UTF-16 and UTF-32."""

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # Begins like the mark of UTF-16, so it stands before that.
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ONE_SIDED = 4


def marked(prefix: bytes) -> str | None:
    """The encoding that a byte order mark at the beginning names."""
    return next((encoding for mark, encoding in _MARKS if prefix.startswith(mark)), None)


def without_mark(prefix: bytes) -> str | None:
    """UTF-16 or UTF-32 by its NULs: in every second byte, or three of four, where the text is ASCII."""
    nuls = [prefix[at::4].count(0) for at in range(4)]
    units = len(prefix) // 4
    if not units or not any(nuls):
        return None
    for missing, encoding in ((0, "utf-32-le"), (3, "utf-32-be")):
        others = [count for at, count in enumerate(nuls) if at != missing]
        if nuls[missing] == 0 and min(others) >= units * 0.5:
            return encoding
    even, odd = nuls[0] + nuls[2], nuls[1] + nuls[3]
    # Some letters, such as the ideographic space, have their NUL on the other side.
    if even * _ONE_SIDED <= odd and (prefix[1] == 0 or odd >= units * 0.2):
        return "utf-16-le"
    if odd * _ONE_SIDED <= even and (prefix[0] == 0 or even >= units * 0.2):
        return "utf-16-be"
    return None
