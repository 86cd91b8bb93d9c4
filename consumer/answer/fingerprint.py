"""The cache's key: equal for texts that differ only in numbers, identifiers, addresses, sums and dates."""

import re
from hashlib import blake2b
from string import ascii_letters, digits

from consumer.answer.words import words

VERSION = "v1"

_MASK = "0"

_WEB_ADDRESS = re.compile(r"://\S++|www\.\S++")
_UUID = re.compile(r"\b[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\b")
_DIGIT = re.compile(r"\d")
_HEXADECIMAL = re.compile("(?<![^ ])[a-f]{8,}(?![^ ])")
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
_BESIDE_A_NUMBER = _MONTHS.union(
    words("""
    eur euro euros usd dollar dollars dolar dolares gbp pound pounds libra libras quid mxn ars clp cop pen peso pesos
    sol soles chf franc francs franco francos jpy yen yenes cad aud brl real reales inr rupee rupees
    cent cents centimo centimos centavo centavos am pm hs hrs http https ftp
    """)
)
_LINKS = frozenset(("at", "de", "del", "of"))


def _without_mail_addresses(text: str) -> str:
    """The text with each `mailbox@host` masked. It works from the `@` outwards: linear in time for every text."""
    before, *pieces = text.split("@")
    kept = [before]
    for piece in pieces:
        rest, mailbox_ended = piece.lstrip(_HOST), kept[-1].rstrip(_MAILBOX)
        if rest != piece and mailbox_ended != kept[-1]:
            kept[-1] = mailbox_ended
            kept.append(f"{_MASK} {rest}")
        else:
            kept.append(piece)
    return " ".join(kept)


def _without_addresses(text: str) -> str:
    if "@" in text:
        text = _without_mail_addresses(text)
    if "://" in text or "www." in text:
        text = _WEB_ADDRESS.sub(f" {_MASK} ", text)
    if text.count("-") >= 4:
        text = _UUID.sub(f" {_MASK} ", text)
    return text


def _unmask_before(kept: list[str]) -> None:
    """Drop the words that belong to the number that follows: an earlier number, a currency, a month, `marzo de`."""
    while kept:
        if kept[-1] == _MASK or kept[-1] in _BESIDE_A_NUMBER:
            kept.pop()
        elif kept[-1] in _LINKS and len(kept) > 1 and (kept[-2] in _MONTHS or kept[-2] == _MASK):
            kept.pop()
            kept.pop()
        else:
            return


def _masked(plain: list[str]) -> list[str]:
    """The words, with each run of numbers and the currencies and months beside it replaced by one mask."""
    kept: list[str] = []
    last = ""
    for word in plain:
        has_digit = not word.isalpha() and _DIGIT.search(word)
        if has_digit or (len(word) >= 8 and not word.strip("abcdef")):
            _unmask_before(kept)
            last = _MASK
        elif last == _MASK and word in _BESIDE_A_NUMBER:
            continue
        elif word in _MONTHS and last in _LINKS and len(kept) > 1 and kept[-2] == _MASK:
            kept.pop()
            last = _MASK
            continue
        else:
            last = word
        kept.append(last)
    return kept


def normalise(text: str) -> str:
    """Text as the cache compares it: words without case and accents, single spaces, `0` for what varies.

    What varies: numbers in any form, identifiers that hold a digit, hexadecimal strings and UUIDs, e-mail and web
    addresses, sums with their currency, dates with their month, telephone numbers. Adjacent ones become one `0`.
    Normalising a normalised text changes nothing.
    """
    plain = words(_without_addresses(text))
    joined = " ".join(plain)
    # Most texts hold nothing that varies; two checks of the whole text are the fastest way to find out.
    if "".join(plain).isalpha() and not _HEXADECIMAL.search(joined):
        return joined
    return " ".join(_masked(plain))


def fingerprint(subject: str, description: str, key: bytes | None) -> str:
    """The fingerprint of a ticket's normalised text: `v1:` and 32 hexadecimal digits.

    BLAKE2b (RFC 7693) of 128 bits. With a key it is a message authentication code: without the key, a guess at a
    ticket's text cannot be tested. Keys longer than BLAKE2b's 64 bytes are hashed first, as HMAC does.
    """
    if key and len(key) > blake2b.MAX_KEY_SIZE:
        key = blake2b(key).digest()
    text = f"{normalise(subject)}\n{normalise(description)}"
    return f"{VERSION}:{blake2b(text.encode(errors='surrogatepass'), digest_size=16, key=key or b'').hexdigest()}"
