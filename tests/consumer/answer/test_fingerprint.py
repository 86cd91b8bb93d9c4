import hashlib
import os
import random
import re
import subprocess
import sys
import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from consumer.answer import words as folding
from consumer.answer.fingerprint import fingerprint, normalise
from consumer.answer.words import words

TEXTS = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(
            ("5", "12,50", "de", "del", "at", "marzo", "may", "eur", "€", "a@b.es", "@", "www.x.y", "https://z", "://")
        )
    ).map(" ".join),
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Where is order 1234?", "where is  ORDER #98765432"),
        ("Factura INV-2026-0042 sin pagar", "factura INV-1999-7 sin pagar"),
        ("I was charged 1,234.56 EUR", "I was charged €5"),
        ("me cobraron 20 pesos", "Me cobraron $ 1.500,00 MXN"),
        ("it broke on 12 March 2026 at 10:15 pm", "It broke on 2026-03-12T22:15:00Z"),
        ("vence el 3 de marzo de 2026", "vence el 03/03/26"),
        ("call +34 600 123 456", "call (0049) 30-123456"),
        ("write to jane.doe+x@mail.example.com", "write to j@b.es"),
        ("see https://bank.example.com/i?x=1&y=é", "see http://a.b"),
        ("see www.example.com/help", "see https://example.org"),
        ("id 550e8400-e29b-41d4-a716-446655440000", "id abcdefab-cdef-abcd-efab-cdefabcdefab"),
        ("hash deadbeefcafe0001", "hash 1f00ff"),
        ("¿Qué pasó con mi envío?", "que paso con mi envio"),
        ("I can\u2019t pay", "I can't pay!!!"),
        ("\uff26\uff35\uff2c\uff2c width", "full width"),
    ],
)
def test_similar_texts_share_a_fingerprint(one: str, other: str) -> None:
    """Texts that differ only in numbers, sums, dates, addresses, case, accents or punctuation have one fingerprint."""
    assert normalise(one) == normalise(other)
    assert fingerprint("", one, None) == fingerprint("", other, None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cancel my card", "activate my card"),
        ("charged 20 EUR", "20 EUR refunded"),
        ("the month of march", "the month of april"),
        ("change euros", "change dollars"),
        ("करना", "करनी"),
        ("がき", "かき"),
        ("转账失败", "转账成功"),
    ],
)
def test_different_words_do_matter(one: str, other: str) -> None:
    """Texts with different words have different fingerprints, in any script."""
    assert fingerprint("", one, None) != fingerprint("", other, None)


@settings(deadline=None)
@given(TEXTS)
@example("5 de marzo eur")
@example("12 de 5 eur https")
@example("a@b@c")
@example("ͅ")
def test_normalising_twice_changes_nothing(text: str) -> None:
    """A normalised text is its own normalised text."""
    once = normalise(text)

    assert once == normalise(once)


@settings(deadline=None)
@given(TEXTS, st.randoms(use_true_random=False))
def test_other_digits_do_not_matter(text: str, chance: random.Random) -> None:
    """Any ASCII digit may be replaced by any other."""
    changed = re.sub("[0-9]", lambda _: str(chance.randrange(10)), text)

    assert fingerprint(text, text, None) == fingerprint(changed, changed, None)


LETTERS = st.text(st.characters(max_codepoint=0x5FF))


@settings(deadline=None)
@given(LETTERS)
def test_composed_and_decomposed_forms_are_equal(text: str) -> None:
    """NFC and NFD of a text in an alphabetic script have one fingerprint."""
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))

    assert words(composed) == words(decomposed)


@settings(deadline=None)
@given(st.lists(st.from_regex(r"[g-z]{1,9}", fullmatch=True), min_size=1), st.integers(0))
def test_every_plain_word_counts(plain: list[str], index: int) -> None:
    """Replacing one word by one that is not in the text changes the fingerprint."""
    other = [*plain]
    other[index % len(plain)] = "zzzzzzzzzz"

    assert fingerprint("", " ".join(plain), None) != fingerprint("", " ".join(other), None)


@settings(deadline=None)
@given(st.text(alphabet="ghij ", min_size=1))
def test_the_border_of_subject_and_description_matters(text: str) -> None:
    """Moving a word from the subject to the description changes the fingerprint."""
    moved = fingerprint("card", f"lost {text}", None)

    assert fingerprint("card lost", text, None) != moved


def test_the_value_is_stable() -> None:
    """A fingerprint is the documented hash of the documented text, the same in every process and release of v2."""
    digest = hashlib.blake2b(b"problema con pago\nno puedo pagar mi factura 0", digest_size=16).hexdigest()

    assert f"v2:{digest}" == fingerprint("Problema con pago", "No puedo pagar mi factura 77", None)
    assert fingerprint("a", "b", None) == fingerprint("a", "b", b"")


def test_hash_randomisation_does_not_reach_it() -> None:
    """A process with another hash seed gives the same value."""
    code = "from consumer.answer.fingerprint import fingerprint; print(fingerprint('Hola €5', 'x 12 de mayo', b'k'))"

    printed = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()

    assert fingerprint("Hola €5", "x 12 de mayo", b"k") == printed


def test_a_key_makes_it_secret() -> None:
    """Each key gives different values, also a key longer than the algorithm's 64 bytes."""
    values = {fingerprint("a", "b", key) for key in (None, b"k", b"K", b"k" * 64, b"k" * 65, b"k" * 66)}

    assert len(values) == 6


def test_lone_surrogates_are_survived() -> None:
    """Text that UTF-8 cannot carry still has a fingerprint."""
    value = fingerprint("\ud800", "ok", None)

    assert re.fullmatch("v2:[0-9a-f]{32}", value)


HOSTILE = {
    "one word": "a" * 262_144,
    "digits": "1-" * 131_072,
    "mail": "a@" * 131_072,
    "mailboxes": "a" * 262_143 + "@",
    "dots": "." * 262_143 + "@",
    "addresses": "http://" * 37_449,
    "uuids": "deadbeef-dead-" * 18_724,
    "months": "marzo de " * 29_127 + "1",
    "currencies": "eur " * 65_536 + "1",
    "links": "1 de " * 52_428,
    "dates": "1 of may of " * 21_845,
    "ordinary months": "may " * 65_535 + "1",
    "words with numbers": "aaaa1" * 52_428,
    "numbers without spaces": "\u4e00a1" * 52_428,
    "letters without spaces": "\u4e00" + "a" * 131_072 + "\u4e001",
    "schemes": "http" * 65_536,
    "mojibake": "\u00c3\u00b31 " * 43_690,
    "unseen": "\u00ad\u200d" * 65_536,
    "arabic marks": "\u0650\u064e" * 131_072,
    "latin marks": "\u0300\u0316" * 131_072,
    "kana voicing": "\u3099\u093c" * 131_072,
    "ligatures": "\ufdfa" * 131_072,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_takes_linear_time(text: str) -> None:
    """The longest ticket that is accepted takes a fraction of a second; quadratic work would take minutes."""
    began = time.process_time()

    fingerprint("", text, None)

    assert time.process_time() - began < 2


def test_the_folding_table_is_bounded() -> None:
    """A text of all characters folds as any other text, and does not stay in memory."""
    everything = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000, 7)]))
    words(everything)

    assert words("Ünïcode CAFÉ") == ["unicode", "cafe"]
    assert len(folding.TABLE) <= folding.REMEMBERED
