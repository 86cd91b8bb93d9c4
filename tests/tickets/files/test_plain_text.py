"""Short texts that a user names, in the encodings of all kinds of editors."""

import codecs
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from tickets.files.plain_text import UnreadableText, read_text, why_unread

TEXT = "KAFKA_GROUP_ID=grüppe\r\nA=支付\n"
SURE = {
    "utf-8": TEXT.encode(),
    "utf-8 with a mark": codecs.BOM_UTF8 + TEXT.encode(),
    "utf-16-le": codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
    "utf-16-be": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    "utf-32-le": codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
    "utf-16 without a mark": TEXT.encode("utf-16-le"),
}


@pytest.mark.parametrize("name", SURE)
def test_what_the_first_bytes_say_is_believed(tmp_path: Path, name: str) -> None:
    """A text that an editor saved with a byte order mark is read as it was written."""
    (tmp_path / "a").write_bytes(SURE[name])

    assert read_text(tmp_path / "a") == TEXT


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("A=1\nB=é\n".encode("latin-1"), "it is not UTF-8 text: line 2 holds the byte 0xe9; save it as UTF-8"),
        (b"A=1\nB=b\0c\n", "it holds a NUL character in line 2, as no text does; save it as UTF-8"),
        (b"\xff\xfeA", "it is not UTF-8 text, nor UTF-16-LE, as which it begins: line 1 holds the byte 0x41; save it"),
        (b"x" * (16 * 1024 * 1024 + 1), "it is larger than 16 MiB; name another file"),
    ],
    ids=["latin-1", "nul", "half a letter", "large"],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    """The reason names the line and the mend, and quotes nothing of the file but one byte."""
    (tmp_path / "a").write_bytes(content)

    with pytest.raises(UnreadableText) as refused:
        read_text(tmp_path / "a")
    assert why_unread(refused.value).startswith(why)


def test_what_is_no_file_is_refused_by_the_system(tmp_path: Path) -> None:
    """Folders, circles of links and names that are too long."""
    (tmp_path / "circle").symlink_to("circle")
    for name, why in (
        ("", "Is a directory"),
        ("circle", "Too many levels"),
        ("x" * 300, "name too long"),
        ("no", "No"),
    ):
        with pytest.raises(OSError, match="Errno") as refused:
            read_text(tmp_path / name)
        assert why in why_unread(refused.value)


@given(st.binary(max_size=40) | st.text(max_size=20).map(lambda text: text.encode("utf-16")))
@how(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_text_or_refused(tmp_path: Path, content: bytes) -> None:
    """A text holds nothing that an environment could not."""
    path = tmp_path / "a"
    path.write_bytes(content)
    try:
        text = read_text(path)
    except UnreadableText:
        return
    assert "\0" not in text
    assert os.fsencode(text) is not None
