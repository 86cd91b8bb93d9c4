"""What companies and mail servers put below a message: disclaimers, wishes for trees, ways to unsubscribe."""

import re
from collections.abc import Sequence

from tickets.text.paragraphs import joined, paragraphs
from tickets.text.phrases import folded, phrases

SIGNS_NEEDED = 3
MAX_LINK_WORDS = 12

_BEGINNINGS = phrases("footer_beginnings")
# The only ones that ask something.
_ASK = phrases("footer_questions")
_SENT_AT = re.compile(r"(?:sent on|enviado el) .{0,30}\d{4}.{0,20}$")
FIRST_PERSON = frozenset(phrases("first_person"))
"""Words with which a customer goes on, and a company does not."""

# Disclaimers speak in a few words of their own; one sentence of a customer never holds so many of them.
_SIGNS = phrases("footer_signs")


def without_footers(lines: Sequence[str]) -> Sequence[str]:
    """Without the disclaimers and advertisements below a message."""
    kept = len(lines)
    # The first paragraph is the message: without it nothing would be left.
    for begin, end in reversed(paragraphs(lines)[1:]):
        if not is_footer(joined(lines, begin, end)) and not all(map(_is_link, lines[begin:end])):
            break
        kept = begin
    while kept and (not lines[kept - 1] or _begins_footer(folded(lines[kept - 1]))):
        kept -= 1
    return lines[:kept] if kept < len(lines) else lines


def hints_at_footer(line: str) -> bool:
    """Whether a line below a signature can belong to a disclaimer: one word of those is enough there."""
    text = folded(line)
    return any(sign in text for sign in _SIGNS)


def _is_link(line: str) -> bool:
    """Whether a line only leads somewhere: `View request: https://desk.example/7`."""
    words = line.split(maxsplit=MAX_LINK_WORDS)
    return words[-1].startswith(("http://", "https://", "<http")) and (len(words) == 1 or words[-2].endswith(":"))


def is_footer(paragraph: str) -> bool:
    """Whether a paragraph, or a line of one, is no part of the message."""
    text = folded(paragraph)
    if "?" in paragraph and not text.startswith(_ASK):
        return False
    return _begins_footer(text) or sum(sign in text for sign in _SIGNS) >= SIGNS_NEEDED


def _begins_footer(text: str) -> bool:
    """Whether a text begins as footers do, and nobody speaks of himself in it."""
    if _SENT_AT.match(text) or text.startswith(_ASK):
        return True
    return text.lstrip("*_- \u2013").startswith(_BEGINNINGS) and FIRST_PERSON.isdisjoint(text.split())
