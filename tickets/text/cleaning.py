"""From a ticket's text as it arrived to what the customer said."""

import re
from typing import NamedTuple

from tickets.text.characters import visible
from tickets.text.encoding import mend_encoding
from tickets.text.forms import is_notice
from tickets.text.html_text import is_html, text_of, unescaped
from tickets.text.mail import said
from tickets.text.paragraphs import says

# What clients put before the subject of an answer, and the numbers that help desks put there.
_PREFIX = re.compile(
    r"\s*(?:(?:re|fw|fwd|rv|reenv|aw|wg|res|accepted|tentative|aceptad[oa]|automatic reply|respuesta autom[áa]tica)\s*"
    r"(?:\[\d+\])?\s*:|\[(?:external|externo|ext|[^\[\]]{0,30}\d[^\[\]]{0,30})\])\s*",
    re.IGNORECASE,
)
_FORWARD = re.compile(r"\s*(?:\[[^\[\]]{0,30}\]\s*)?(?:fw|fwd|rv|reenv)\s*:", re.IGNORECASE)
MAX_PREFIXES = 20


class Cleaned(NamedTuple):
    """What the customer said.

    Attributes:
        subject: without the signs of an answer.
        description: without HTML, quotes, signatures and footers.
        removed_chars: by how many characters both are shorter than what arrived.
    """

    subject: str
    description: str
    removed_chars: int


def clean(subject: str, description: str) -> Cleaned:
    """Clean a ticket's text. A plain text comes out as it went in; a step that would leave nothing is not taken."""
    title, forwards = _subject(visible(mend_encoding(subject)))
    body = clean_text(description, forwards=forwards)
    if body is not description and says([body]) and is_notice(title):
        title = ""
    return Cleaned(title, body, max(0, len(subject) + len(description) - len(title) - len(body)))


def clean_text(text: str, *, forwards: bool = False) -> str:
    """Clean a text alone: broken characters are mended, HTML becomes plain text, and of mail the sender's words stay.

    Args:
        text: as it arrived.
        forwards: whether its subject says that the mail passes another one on.
    """
    readable = visible(mend_encoding(text))
    plain = readable if is_html(readable) else unescaped(readable)
    if not is_html(plain):
        return said(plain, forwards=forwards)
    shown = visible(text_of(plain))
    return said(shown, is_mail=True, forwards=forwards) if shown else plain


def _subject(subject: str) -> tuple[str, bool]:
    """The subject without the signs of an answer, and whether the first of them is that of a forwarded mail."""
    kept = unescaped(subject)
    forwards = _FORWARD.match(kept) is not None
    for _ in range(MAX_PREFIXES):
        found = _PREFIX.match(kept)
        if found is None or found.end() == len(kept):
            break
        kept = kept[found.end() :]
    return kept, forwards
