"""A ticket's text as it is answered: cleaned, and with its fingerprint."""

from collections.abc import Callable
from typing import NamedTuple

from consumer.answer.fingerprint import fingerprint
from consumer.config.settings import Settings
from tickets.text.cleaning import Cleaned, clean


class TicketText(NamedTuple):
    """What cache, model and rules read of a ticket.

    Attributes:
        subject: cleaned.
        description: cleaned.
        removed_chars: by which cleaning made both shorter.
        fingerprint: of the cleaned and normalised text.
    """

    subject: str
    description: str
    removed_chars: int
    fingerprint: str


ReadText = Callable[[str, str], TicketText]
"""From subject and description as they arrived."""


def text_reader(cleaned: Callable[[str, str], Cleaned], key: bytes | None) -> ReadText:
    """What reads a ticket's text.

    Args:
        cleaned: `clean`, or `as_it_is`.
        key: secret of the fingerprints; None for fingerprints without a key.
    """

    def read(subject: str, description: str) -> TicketText:
        text = cleaned(subject, description)
        return TicketText(*text, fingerprint(text.subject, text.description, key))

    return read


def as_it_is(subject: str, description: str) -> Cleaned:
    """The text without any cleaning."""
    return Cleaned(subject, description, 0)


def text_reader_of(settings: Settings) -> ReadText:
    """What cleans a ticket's text and makes its fingerprint; `TEXT_CLEANING=off` leaves the text as it arrived."""
    key = settings.fingerprint_key.get_secret_value().encode() or None
    return text_reader(clean if settings.text_cleaning == "on" else as_it_is, key)
