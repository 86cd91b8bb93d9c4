"""What tells tickets apart is never masked: words of letters in any script, however they were read."""

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from consumer.answer.fingerprint import fingerprint, normalise
from consumer.answer.words import words
from tests.support.misreadings import MISREADINGS, WORDS, misread
from tickets.text.encoding import mend_encoding
from tickets.text.misreadings import looks_misread

MONTHS_AND_CURRENCIES = "march may mar ago january enero marzo de of at eur usd euros pesos am pm sol real cop http"
NASTY = ["deadbeef", "defaced", "effaced", "acceded", "facade", *MONTHS_AND_CURRENCIES.split()]
LETTERS = st.one_of(
    st.text(st.characters(categories=["L"]), min_size=1),
    st.text(st.characters(categories=["L", "M"], exclude_characters="\u02bc"), min_size=1),
    st.text("abcdef", min_size=8),
    st.sampled_from(NASTY),
)
SENTENCES = st.lists(LETTERS, min_size=1).map(" ".join)


def key(text: str) -> str:
    return fingerprint("", text, None)


@settings(deadline=None)
@given(SENTENCES, SENTENCES)
@example("deadbeef", "effacedd")
@example("may", "march")
def test_words_of_letters_never_become_equal(one: str, other: str) -> None:
    """Two texts of letters have one fingerprint only when they have the same words, case and accents apart."""
    assume(not looks_misread(one) and not looks_misread(other) and words(one) and words(other))

    assert (key(one) == key(other)) == (words(one) == words(other))


@settings(deadline=None)
@given(SENTENCES)
def test_a_text_of_letters_is_never_masked(text: str) -> None:
    """Every word of letters is there after normalising."""
    assume(not looks_misread(text) and words(text))

    assert normalise(text).split() == words(text)


@settings(deadline=None)
@given(st.lists(st.text("ghijñé", min_size=1), min_size=1), st.lists(st.sampled_from("²³½⅞①⑴㋀㍘₂"), min_size=1))
def test_compatibility_digits_mask_no_word(letters: list[str], signs: list[str]) -> None:
    """A superscript, a fraction or a circled digit within a word leaves the letters of the word."""
    text = "".join(letter + sign for letter, sign in zip(letters, signs, strict=False)) + "x"
    other = text.replace(letters[0], letters[0] + "k", 1)

    assert key(text) != key(other)


def test_the_words_differ() -> None:
    """The list is what it should be: 500 words that differ after folding, most of them with an accent."""
    assert len({key(word) for word in WORDS}) == 500
    assert sum(not word.isascii() for word in WORDS) > 300


@pytest.mark.parametrize("encodings", MISREADINGS, ids="+".join)
def test_misread_words_keep_their_fingerprints_apart(encodings: tuple[str, ...]) -> None:
    """500 words have 500 fingerprints, mended or not; mended, those of the clean words."""
    shown = [misread(word, encodings) for word in WORDS]

    assert len({key(word) for word in shown}) == 500
    assert len({key(f"mi {word}") for word in shown}) == 500
    assert [key(mend_encoding(word)) for word in shown] == [key(word) for word in WORDS]


@pytest.mark.parametrize("errors", ["strict", "replace", "ignore"])
def test_words_with_undefined_bytes_keep_their_fingerprints_apart(errors: str) -> None:
    """Windows-1252 has five bytes without a character: kept as controls, replaced, or lost. Capitals have them.

    Two words that were read as one and the same text cannot be told apart.
    """
    encoding = "sloppy-windows-1252" if errors == "strict" else "cp1252"
    shown = [misread(word.upper(), (encoding,), errors) for word in WORDS]

    assert len({key(word) for word in shown}) == len(set(shown)) >= 499
    assert len({key(mend_encoding(word)) for word in shown}) == len(set(shown))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("devoluciÃ³n", "activaciÃ³n"),
        ("devoluci├│n", "activaci├│n"),
        ("allÃ¡", "allÃ\u00ad"),
        ("deadbeef no funciona", "effacedd no funciona"),
        ("20 sol", "20 real"),
        ("order 5 may arrive", "order 5 might arrive"),
        ("5 days ago 7", "5 days 7"),
        ("a 3 pen 4", "a 3 cop 4"),
        ("I am 5 days late", "I 5 days late"),
        ("error http 500", "error ftp 500"),
        ("change euros 20 times", "change dollars 20 times"),
        ("3 of 5 parcels", "3 5 parcels"),
        ("no llega el código 2fa", "no llega el código 3ds"),
        ("office365 is down", "dynamics365 is down"),
        ("un mp3", "un b2b"),
        ("转账5元失败", "转账5元成功"),
        ("注文123が届かない", "注文123をキャンセル"),
        ("12345번 취소", "12345번을 환불"),
        ("hola amig@s", "hola compañer@s"),
        ("???", "!!!"),
        ("👍", "😡"),
        ("???", ""),
    ],
)
def test_different_words_have_different_fingerprints(one: str, other: str) -> None:
    """Beside a number, within a word with a number, in scripts without spaces, in texts without words."""
    assert key(one) != key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mi fac\u00adtu\u00adra", "mi factura"),
        ("mi fac\u200btu\u200cra\u200d\u2060", "mi\u00a0factura"),
        ("mi\u2009factura\u3000nueva", "mi factura nueva"),
        ("f\x00a\x00c\x00tura", "factura"),
        ("\ufeffmi factura", "mi\u2028factura"),
        ("o\ufb03ce \uff46\uff4f\uff52", "office for"),
        ("\U0001d41f\U0001d41a\U0001d41c\U0001d42d", "fact"),
        ("می\u200cخو\u0627\u0647م", "میخواهم"),
        ("don\x92t", "don't"),
        ("9 of may of 2026", "1 de mayo"),
        ("12 march 2026", "3 april 2025"),
        ("paid 20 dollars", "paid USD 7"),
        ("at 10pm", "at 3:15 am"),
        ("the 3rd", "the 21st"),
        ("订单12345没有收到", "订单 777 没有收到"),
        ("m² ³", "m² 5"),
        ("mp3", "mp4"),
        ("order AB1234", "order XY99871"),
        ("see HTTPS://a.b/c", "see WWW.x.es"),
    ],
)
def test_equal_texts_have_one_fingerprint(one: str, other: str) -> None:
    """Unseen characters, kinds of spaces, letters in disguise; numbers, dates, sums and identifiers."""
    assert normalise(one) == normalise(other)
