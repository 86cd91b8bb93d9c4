"""Which texts count as the same, and which of them the gate keeps for itself."""

import hashlib
from typing import Final

from consumer.answer.fingerprint import fingerprint
from tickets.text.cleaning import clean

_DIGITS: Final = 32
GATE_SHARE: Final = 0.5
_SPAN: Final = 16**8


def text_id_of(subject: str, description: str, key: bytes | None) -> str:
    """Equal for texts that the cache takes for one: 32 hexadecimal digits of the SHA-256 of their fingerprint.

    Args:
        subject: cleaned or as it arrived; so is the description.
        description: of the same ticket.
        key: FINGERPRINT_KEY. Without it, who guesses a whole text can check the guess.
    """
    text = clean(subject, description)
    return hashlib.sha256(fingerprint(text.subject, text.description, key).encode()).hexdigest()[:_DIGITS]


def is_for_gate(text_id: str) -> bool:
    """Whether an audit of this text belongs to the gate: half of all texts, the same ones for ever."""
    # The text_id is a hash already; this one leaves its digits free for other uses.
    drawn = int(hashlib.sha256(f"gate {text_id}".encode()).hexdigest()[:8], 16)
    return drawn < GATE_SHARE * _SPAN
