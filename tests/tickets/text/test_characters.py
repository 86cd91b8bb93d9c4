import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.text.characters import PLAIN, visible


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("fac\u00adtu\u00adra", "factura"),
        ("fac\u200btu\u200cra\u200d", "factura"),
        ("\ufefffac\u2060tura\u200e\u200f\u202a\u202c\u2066\u2069", "factura"),
        ("fac\u034ftura\ufe0f\U000e0041\U000e0100\u180e\u3164\u061c", "factura"),
        ("a\u00a0b\u2009c\u3000d\u202fe\u2007f\u1680g\u2800h", "a b c d e f g h"),
        ("f\x00a\x00c\x00t\x08u\x7fra\x1b", "factura"),
        ("a\x0bb\x0cc\x1cd\x1fe", "a\nb\nc\nd e"),
        ("a\u2028b\u2029c\u0085d\te\r\nf", "a\nb\nc\nd\te\r\nf"),
        ("\uff26\uff41\uff43\uff54\uff55\uff52\uff41 \uff11\uff12", "Factura 12"),
        ("\ufb01n o\ufb03ce \u01c6 \u0133", "fin office d\u017e ij"),
        ("\U0001d41f\U0001d41a\U0001d41c\U0001d7d7", "fac9"),
        ("\ufe8d\ufefb", "\u0627\u0644\u0627"),
        ("don\x92t \x80", "don\u2019t \u20ac"),
    ],
)
def test_the_text_is_what_a_reader_sees(sent: str, seen: str) -> None:
    """Unseen characters vanish, spaces are one kind, letters in disguise are plain."""
    assert visible(sent) == seen


@pytest.mark.parametrize(
    "text",
    [
        "20 m² por 3½ €, nº 5, 1ª vez, marca™ ®",
        "¿Qué pasó? «Año» — “así”…",
        "你好\uff0c我的订单\uff1f",
        "ㅋㅋㅋ ไม่ได้ทำ եւ և",
        "می\u200cخو\u0627\u0647م",
        "क्\u200dष",
        "👨\u200d👩\u200d👧",
        "I can't\tpay\r\n",
    ],
)
def test_clean_text_is_not_changed(text: str) -> None:
    """Signs, full-width punctuation, joiners between letters that they shape."""
    assert visible(text) == text


TEXTS = st.text(
    st.one_of(st.characters(), st.sampled_from([*map(chr, PLAIN), "\u200c", "\u200d", "a", "\u0627", "👩"]))
)


@settings(deadline=None)
@given(TEXTS)
def test_twice_changes_nothing(text: str) -> None:
    """What is visible is all visible."""
    once = visible(text)

    assert visible(once) == once


def test_each_character_of_the_table_is_found_alone() -> None:
    """The quick search knows every character that the table has."""
    kept = [code for code in PLAIN if chr(code) in visible(f"a{chr(code)}b") + visible(f"\u20ac{chr(code)}b")]

    assert kept == []


def test_unseen_characters_of_unicode_vanish() -> None:
    """All format characters, apart from the signs of Arabic and others that are shown, and joiners and hieroglyphs."""
    shown = [
        f"{code:04x}"
        for code in range(0x110000)
        if unicodedata.category(chr(code)) == "Cf" and visible(f"a{chr(code)}b") != "ab"
    ]

    assert {name.split()[0] for name in (unicodedata.name(chr(int(code, 16))) for code in shown)} <= {
        "ARABIC",
        "SYRIAC",
        "KAITHI",
        "EGYPTIAN",
    }


@pytest.mark.parametrize("piece", ["\u00ad", "\u200d", "\u200da", "\uff41", "\ufdf2", "\U0001d41f", "é\u2009"])
def test_hostile_text_takes_linear_time(piece: str) -> None:
    """The longest ticket takes a fraction of a second."""
    began = time.process_time()

    visible((piece * 262_144)[:262_144])

    assert time.process_time() - began < 2
