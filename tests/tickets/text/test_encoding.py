import gzip
import json
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.misreadings import MISREADINGS, WORDS, misread
from tickets.text.encoding import PLACES, mend_encoding
from tickets.text.misreadings import looks_misread

SHIPPED = Path(__file__).parents[3] / "sandbox" / "data"


@pytest.mark.parametrize("encodings", MISREADINGS, ids="+".join)
def test_every_word_is_mended_from_every_common_misreading(encodings: tuple[str, ...]) -> None:
    """A single word is enough, in small letters and in capitals."""
    words = [*WORDS, *map(str.upper, WORDS)]

    assert [mend_encoding(misread(word, encodings)) for word in words] == words


@pytest.mark.parametrize("encodings", MISREADINGS, ids="+".join)
def test_a_ticket_is_mended_from_every_common_misreading(encodings: tuple[str, ...]) -> None:
    """Sentences with quotation marks, opening marks, line breaks, and lines longer than a segment."""
    text = "¿Qué pasó con mi devolución?\n" + "¡Ya pagué 20 € por el año, y “nada”! " * 20

    assert mend_encoding(misread(text, encodings)) == text


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        ("voilÃ le service", "voilà le service"),
        ("IÃ±igo dice â€œholaâ€\ufffd", "Iñigo dice “hola\ufffd"),
        ("donâ€™t", "don\u2019t"),
        ("donÔÇÖt", "don\u2019t"),
        ("ÐŸÑ€Ð\u00b8Ð²ÐµÑ\u201a", "Привет"),
        ("Á y devoluciÃ³n 中", "Á y devolución 中"),
    ],
)
def test_what_ftfy_mends_is_mended(shown: str, meant: str) -> None:
    """Lost characters, punctuation, other scripts, and mojibake beside what is right."""
    assert mend_encoding(shown) == meant


@pytest.mark.parametrize(
    "text",
    [
        "NÃO CONSIGO PAGAR A FATURA, IRMÃ",
        "Ângela não está",
        "┌┬┐ ├┤ └┴┘ ├── src",
        "2√π, √2, ¬p ∧ q",
        "Straße “groß…” CAFÉ…",
        "Відгук: Рік",
        "Здравствуйте, где мой заказ?",
        "我的订单没有收到",
        "\u039c\u03bf\u03c5 λείπει το δέμα",
        "20 m² por 3½ €, nº 5, 1ª, ³",
        "fac\u00adtu\u00adra\u00a0nueva",
        "",
    ],
)
def test_what_is_right_is_not_changed(text: str) -> None:
    """Capitals of Portuguese, drawn boxes, formulas, other scripts."""
    assert mend_encoding(text) == text


def test_no_shipped_ticket_looks_misread() -> None:
    """Clean tickets, Spanish ones among them, are returned as they are, and quickly."""
    rows = [json.loads(line) for line in (SHIPPED / "spanish.jsonl").read_text("utf-8").splitlines()]
    with gzip.open(SHIPPED / "banking77.jsonl.gz", "rt", encoding="utf-8") as file:
        rows += map(json.loads, file)

    assert [row for row in rows if looks_misread(row["subject"]) or looks_misread(row["description"])] == []


MOJIBAKE = st.one_of(
    st.text(
        st.sampled_from("ÂÃÄâàð\x80\x81\x83\x93\xa0\xad\xb3±€„™œŸŠ” ?a\n中\ufffd\u0412Г\u0456\u0420в├┬│√¬≥Γ\u201aÔöéĂł")
    ),
    st.binary().map(lambda data: data.decode("sloppy-windows-1252") + "\ud800"),
    st.binary().map(lambda data: data.decode("cp437")),
    st.tuples(st.text(max_size=60), st.sampled_from(MISREADINGS[:3])).map(
        lambda pair: misread(pair[0].encode(errors="ignore").decode(), pair[1])
    ),
)


@settings(deadline=None)
@given(MOJIBAKE)
@example("Ã\x85 Ã\xa0")
@example("00000" + "Â\x80" * 9 + "ð\x90\x80\x80" * 4 + "Ã\xa0Â\x80Â\x80ð\x90\x80\x80")
def test_mending_twice_changes_nothing(text: str) -> None:
    """Whatever was mended, the second time finds nothing more."""
    once = mend_encoding(text)

    assert mend_encoding(once) == once


@pytest.mark.parametrize(
    "piece",
    ["Ã\u0160\u0160Ã\x93¡", "Ã³a中 ", "Â\x81ÂÂÂ", "ÂÂÂÂÂ³中 ", "Â", "├", "├│a", "√≥ ", "Ã ", "à¤", "\u0412°", "à"],
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    """The longest ticket, and the one with the most places that are mended, take a few seconds at the most."""
    long = (piece * 262_144)[:131_072]
    longest = next(size for size in (131_072, 65_536, 32_768, 16_384, 8_192, 4_096) if size <= 3 * PLACES)
    began = time.process_time()

    mend_encoding(long)
    mend_encoding(long[:longest])

    assert time.process_time() - began < 5
