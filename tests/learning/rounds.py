"""A shop whose tickets people judge, for tests of whole rounds."""

from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

from analytics.store.rows import Row
from learning.rounds import Sources
from tests.learning.judged import taxonomy
from tests.learning.stored import ticket

KNOWN = {
    "billing": ("invoice", "charge", "refund", "tax"),
    "shipping": ("parcel", "courier", "delivery", "van"),
    "access": ("password", "login", "account", "code"),
}
# Of these the seed rows say nothing.
NEW = {
    "billing": ("voucher", "gift", "coupon", "bonus", "points"),
    "shipping": ("locker", "drone", "kiosk", "pickup", "bicycle"),
    "access": ("passkey", "fingerprint", "badge", "token", "face"),
}
_VERBS = ("lost", "broken", "wrong", "late", "missing", "blocked", "unknown", "strange", "expired")
_ENDS = ("today", "again", "here", "abroad", "online", "please", "twice", "now")


def seed_file(folder: Path) -> Path:
    """Labelled tickets about what is known."""
    rows = [
        f"my {word} is {verb},{category}"
        for category, words in KNOWN.items()
        for word, verb in product(words, _VERBS[:6])
    ]
    path = folder / "shop.csv"
    path.write_text("\n".join(["description,category", *rows]), "utf-8")
    return path


def sources(folder: Path) -> Sources:
    return Sources(seed_file(folder), taxonomy(), None, texts_kept_days=30)


def new_texts() -> Iterator[tuple[str, str]]:
    """Texts about what is new, each once, with the right category; the categories take turns."""
    by_category = [
        [(f"{word} {verb} {end}", category) for verb, end, word in product(_VERBS, _ENDS, words)]
        for category, words in NEW.items()
    ]
    return (one for turn in zip(*by_category, strict=True) for one in turn)


def judged(count: int, *, is_audit: bool, begin: int = 0, by: str | None = "ana") -> list[Row]:
    """Tickets about what is new, answered `billing`, and rightly judged."""
    found = islice(new_texts(), begin, begin + count)
    return [
        row
        for number, (text, category) in enumerate(found, begin)
        for row in ticket(number, text, category, by, is_audit=is_audit)
    ]
