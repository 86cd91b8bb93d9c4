"""The cache's key: equal for texts that differ only in numbers, identifiers, addresses, sums and dates."""

import re
from collections.abc import Iterator
from hashlib import blake2b
from string import ascii_letters, digits, hexdigits

from consumer.answer.words import TABLE, words
from tickets.text.misreadings import looks_misread

VERSION = "v2"

_MASK = "0"

_DATE = "\n"
_NUMBERS = frozenset((_MASK, _DATE))
_AFTER_NUMBER = ([_MASK], [_DATE])

_WEB_ADDRESS = re.compile(r"(?:\b(?:https?|ftp))?://\S++|www\.\S++", re.IGNORECASE)
_UUID = re.compile(r"\b[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\b")
_DIGITS = re.compile(r"\d+")
_PIECES = re.compile(r"[a-z\d]+|[^a-z\d]+")
_MAILBOX = ascii_letters + digits + "._%+-"
_HOST = ascii_letters + digits + ".-"

_MONTHS = frozenset(
    words("""
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre
    ene abr ago dic
    """)
)
# These mean other things too, also beside a number: `5 days ago`, `order 5 may arrive`.
_ORDINARY_MONTHS = frozenset(("march", "may", "mar", "ago"))
_CURRENCY_CODES = frozenset(("eur", "usd", "gbp", "mxn", "ars", "clp", "chf", "jpy", "aud", "brl", "inr"))
_UNITS = _CURRENCY_CODES.union(
    words("""
    euro euros dollar dollars dolar dolares pound pounds quid pesos soles franc francs francos yen yenes rupee rupees
    cent cents centimo centimos centavo centavos am pm hs hrs
    """)
)
_BESIDE_A_NUMBER = _UNITS | _MONTHS
_SUFFIXES = _UNITS.union(("st", "nd", "rd", "th", "er", "ro", "do", "ra", "da", "h", "z"))
_OF = frozenset(("de", "del", "of"))
_LINKS = _OF.union(("at",))

# A text that looks misread is taken as it is: symbols and unseen characters are parts of its letters there. The two
# that are white space are replaced by two that are not, and are found in mojibake as seldom.
_MISREAD = {**{code: TABLE[code] for code in range(0x80)}, 0xA0: "\xa6", 0x85: "\x86"}


def _without_mail_addresses(text: str) -> str:
    """The text with each `mailbox@host` masked, where the host has a dot: `amig@s` is a word.

    It works from the `@` outwards: linear in time for every text.
    """
    before, *pieces = text.split("@")
    kept = [before]
    for piece in pieces:
        rest, mailbox_ended = piece.lstrip(_HOST), kept[-1].rstrip(_MAILBOX)
        if "." in piece[: len(piece) - len(rest)].strip(".-") and mailbox_ended != kept[-1]:
            kept[-1] = mailbox_ended
            kept.append(f"{_MASK} {rest}")
        else:
            kept.append(piece)
    return " ".join(kept)


def _without_addresses(text: str) -> str:
    if "@" in text:
        text = _without_mail_addresses(text)
    if "://" in text or "www." in text or "WWW." in text:
        text = _WEB_ADDRESS.sub(f" {_MASK} ", text)
    if text.count("-") >= 4:
        text = _UUID.sub(f" {_MASK} ", text)
    return text


def _identifier(piece: str) -> str:
    """A piece with a digit as it counts: `0`, or letters and all where the letters are a word.

    Letters with one or two digits are mostly the name of a thing (`2fa`, `3ds`, `mp3`, `b2b`), and five letters with a
    number a name and a version (`office365`). All else that holds a digit is taken for the identifier of one thing, and
    so are eight hexadecimal digits.
    """
    letters = _DIGITS.split(piece)
    length = sum(map(len, letters))
    before, *others, after = letters
    if (
        not length
        or others
        or (len(piece) >= 8 and not piece.strip(hexdigits))
        or (not before and after in _SUFFIXES)
        or (not after and before in _CURRENCY_CODES)
    ):
        return _MASK
    return f"{before}{_MASK}{after}" if length >= 5 or len(piece) - length <= 2 else _MASK


def _ends_with_month(kept: list[str]) -> bool:
    """Whether a month ends the list, which a number follows; one with other meanings only after a number."""
    return kept[-1] in _MONTHS and (kept[-1] not in _ORDINARY_MONTHS or kept[-2:-1] in _AFTER_NUMBER)


def _add_number(kept: list[str]) -> None:
    """Add a number, and drop what belongs to it before it: an earlier number, a currency, a month, `marzo de`."""
    dated = False
    while kept:
        last = kept[-1]
        if last == _DATE or (last in _MONTHS and _ends_with_month(kept)):
            dated = True
        elif last in _LINKS:
            if len(kept) < 2 or not (kept[-2] == _DATE or _ends_with_month(kept[-3:-1])):
                break
        elif last != _MASK and last not in _CURRENCY_CODES:
            break
        kept.pop()
    kept.append(_DATE if dated else _MASK)


def _add_word(kept: list[str], word: str) -> None:
    """Add a word, unless it belongs to the number before it: a currency, `pm`, a month, `de marzo`."""
    last = kept[-1] if kept else ""
    if last in _NUMBERS and word in _UNITS:
        return
    if word in _MONTHS:
        if last in _NUMBERS and word not in _ORDINARY_MONTHS:
            kept[-1] = _DATE
            return
        if last in _OF and kept[-2:-1] and kept[-2] in _NUMBERS and (last == "of" or word not in _ORDINARY_MONTHS):
            kept[-2:] = [_DATE]
            return
    kept.append(word)


def _pieces(word: str) -> Iterator[str]:
    """A word that holds a digit, cut where a script that is written without spaces meets a number."""
    letters = ""
    for piece in _PIECES.findall(word):
        if _DIGITS.search(piece):
            yield from (letters, piece) if letters else (piece,)
            letters = ""
        else:
            letters += piece
    if letters:
        yield letters


def _masked(plain: list[str]) -> list[str]:
    """The words, with each run of numbers and the currencies and months beside it replaced by one mask."""
    kept: list[str] = []
    for word in plain:
        if word.isalpha():
            if word in _BESIDE_A_NUMBER:
                _add_word(kept, word)
            else:
                kept.append(word)
            continue
        for piece in (word,) if word.isascii() or not _DIGITS.search(word) else _pieces(word):
            if not any(map(str.isalpha, piece)) and any(map(str.isnumeric, piece)):
                _add_number(kept)
            elif not _DIGITS.search(piece):
                _add_word(kept, piece)
            elif (identifier := _identifier(piece)) == _MASK:
                _add_number(kept)
            else:
                kept.append(identifier)
    return [_MASK if word == _DATE else word for word in kept]


def normalise(text: str) -> str:
    """Text as the cache compares it: words without case and accents, single spaces, `0` for what varies.

    What varies: numbers in any form, identifiers that hold a digit, UUIDs, e-mail and web addresses, sums with their
    currency, dates with their month, telephone numbers. Adjacent ones become one `0`. A word of letters is never
    masked, and dropped only as part of a sum, a time or a date. In a word with one or two digits (`2fa`, `mp3`) and in
    a longer word with a number (`office365`) the number alone is masked. Apostrophes are closed up: `it's` and `its`
    are one. A text without any word is compared by its symbols, and one that looks misread by all its characters.
    Normalising a normalised text changes nothing.
    """
    without = _without_addresses(text)
    plain = without.translate(_MISREAD).split() if looks_misread(without) else words(without)
    # Most texts hold nothing that varies; a check of the whole text is the fastest way to find out.
    if "".join(plain).isalpha():
        return " ".join(plain)
    if not plain:
        return " ".join(text.split())
    return " ".join(_masked(plain))


def fingerprint(subject: str, description: str, key: bytes | None) -> str:
    """The fingerprint of a ticket's normalised text: `v2:` and 32 hexadecimal digits.

    BLAKE2b (RFC 7693) of 128 bits. With a key it is a message authentication code: without the key, a guess at a
    ticket's text cannot be tested. Keys longer than BLAKE2b's 64 bytes are hashed first, as HMAC does.
    """
    if key and len(key) > blake2b.MAX_KEY_SIZE:
        key = blake2b(key).digest()
    text = f"{normalise(subject)}\n{normalise(description)}"
    return f"{VERSION}:{blake2b(text.encode(errors='surrogatepass'), digest_size=16, key=key or b'').hexdigest()}"
