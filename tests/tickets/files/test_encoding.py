"""Which encoding a file has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.files.bad_lines import FileRefused
from tickets.files.encoding import BAD_BYTE, MARK_BAD, found, named

SHORT = (
    "id,subject,description\n1,Devolución,No puedo pagar mi factura\n",
    "asunto;descripción\r\nPago;¿Dónde está mi reembolso? Quedé sin dinero\r\n",
    "asunto\nel año\n",
    "asunto\nMañana, compañía lingüística\n",
    "ASUNTO\nESPAÑA CAMIÓN NIÑO\n",
)
QUOTED = (
    "subject\nI can\u2019t pay \u2013 it\u2019s “broken”…\n",
    "subject\nIt costs 100 € now, or €5\n",
    "subject\n25 °C, 1º piso, 3ª vez «hola»\n",
)
RUSSIAN = "\n".join(["тема,описание", "платёж,прошу вернуть мой последний платёж за прошлый месяц"] * 3)
JAPANESE = "\n".join(["件名,本文", "支払い,カードで支払いができません。助けてください"] * 3)
CHINESE = "\n".join(["主题,描述", "付款,我无法付款,请帮助我"] * 3)
OTHERS = {
    "cp1251": RUSSIAN,
    "koi8-r": RUSSIAN,
    "utf-16-be": RUSSIAN,
    "shift_jis": JAPANESE,
    "utf-16-le": JAPANESE,
    "gb18030": CHINESE,
}
UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


@pytest.mark.parametrize("text", [*SHORT, *QUOTED, "subject\nplain\n"])
@pytest.mark.parametrize("encoding", [*UNICODE, "cp1252"])
def test_short_files_are_read_as_they_were_written(text: str, encoding: str) -> None:
    """One accent is enough, with and without a byte order mark."""
    content = text.encode(encoding)

    assert content.decode(found([content])).removeprefix("\ufeff") == text


@pytest.mark.parametrize("text", SHORT)
@pytest.mark.parametrize("encoding", ["iso8859-15", "mac-roman", "cp850"])
def test_the_older_encodings_of_western_europe_are_told_apart(text: str, encoding: str) -> None:
    """By where their letters stand: in another encoding there would be signs within words."""
    content = text.encode(encoding)

    assert content.decode(found([content])) == text


@pytest.mark.parametrize("encoding", OTHERS)
def test_other_scripts_are_found(encoding: str) -> None:
    """Nobody is left out for the alphabet."""
    content = OTHERS[encoding].encode(encoding)

    assert content.decode(found([content])) == OTHERS[encoding]


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.integers(1, 7))
def test_what_is_utf_8_is_read_as_utf_8(text: str, size: int) -> None:
    """Wherever the pieces of the file end; texts that begin with a mark or NULs are other encodings."""
    content = f"subject\n{text}".encode()
    if b"\x00" not in content:
        assert found([content[at : at + size] for at in range(0, len(content), size)]) == "utf-8"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_known_by_most_of_its_nuls(encoding: str) -> None:
    """An ideographic space or a letter such as Ā has its NUL on the other side."""
    text = "subject,description\n支払い\u3000方法,Ārijs\n"

    assert text.encode(encoding).decode(found([text.encode(encoding)])) == text


def test_a_file_that_was_cut_within_a_letter_is_utf_8() -> None:
    """Its last row is a bad row."""
    assert found([b"subject\nplain\nma\xc3"]) == "utf-8"


def test_a_stray_nul_is_no_utf_16() -> None:
    """A NUL within a text is part of the text."""
    assert found([b"subject,description\nPay,I cannot\x00 pay my invoice, please help me with that\n"]) == "utf-8"


def test_the_first_accent_may_come_late() -> None:
    """A file is ASCII until the first other byte, wherever that stands."""
    chunks = [b"subject\n", *[b"plain words\n" * 100_000] * 5, "Devolución\n".encode("cp1252")]

    assert found(chunks) == "cp1252"


def test_a_few_bad_bytes_do_not_make_another_encoding() -> None:
    """Rows that are not UTF-8 among rows that are stay bad rows: as another encoding all others would be garbled."""
    content = "Devolución\nAño\nQuedé\n".encode() + "Mañana\n".encode("cp1252")

    assert found([content]) == "utf-8"
    assert content.decode("utf-8", MARK_BAD) == f"Devolución\nAño\nQuedé\nMa{BAD_BYTE}ana\n"


def test_bytes_of_no_encoding_are_refused() -> None:
    """The message names the option."""
    with pytest.raises(FileRefused, match="--encoding"):
        found([bytes(range(0x80, 0xA0)) * 3 + bytes([0x81, 0x8D, 0xFF, 0xFE]) * 5])


@pytest.mark.parametrize("name", ["latin-99", "utf-99", "hex", "rot13", "idna\x00", "zip"])
def test_an_encoding_that_is_none_is_refused(name: str) -> None:
    """Python's codecs for other things than texts are no encodings."""
    with pytest.raises(FileRefused, match="there is no such encoding; try utf-8"):
        named(name)
