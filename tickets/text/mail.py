"""What the sender of a mail says: without quoted messages, signatures, footers and the fields of a form.

The order of the steps follows the way a mail is built. RFC 3676, section 4.3, has the line of two dashes; the other
marks are those that the clients write. What a step would leave empty stays as it was: a mail that is only a quote, or
only a footer, keeps its text. mail-parser-reply was tried for these steps: it needs four seconds for twelve thousand
characters of one line, does not know the Spanish attribution of Gmail, and ends a message at any line that begins with
`Thanks,`.
"""

from collections.abc import Sequence

from tickets.text import footers, forms, openings, quotes, signatures
from tickets.text.paragraphs import says, says_something
from tickets.text.phrases import first_words

# A message within forwarded messages is looked for this deep.
MAX_FORWARDS = 4


def said(text: str, *, is_mail: bool = False, forwards: bool = False) -> str:
    """The text that the sender wrote; the same text when nothing else was found in it.

    Args:
        text: plain text.
        is_mail: whether it is known to be a mail, as one that came in HTML.
        forwards: whether its subject says that it passes another mail on.
    """
    if "\n" not in text and "\r" not in text:
        return text
    lines = [line.strip() for line in text.splitlines()]
    kept = _message(lines, 0, is_mail=is_mail, forwards=forwards)
    if kept is lines or not says(kept):
        return text
    trimmed = _trimmed(kept)
    return "\n".join(trimmed) if _differs(trimmed, lines) else text


def _differs(kept: Sequence[str], lines: Sequence[str]) -> bool:
    """Whether any line is gone that says something."""
    return sum(map(says_something, kept)) < sum(map(says_something, lines)) or not set(kept).issubset(lines)


def _message(whole: Sequence[str], depth: int, *, is_mail: bool, forwards: bool = False) -> Sequence[str]:
    lines, firsts, text = whole, first_words(whole), "\n".join(whole)
    if not openings.BANNER_WORDS.isdisjoint(firsts):
        lines = _or_all(openings.without_banner(lines), lines)
    if quotes.may_ask_to_reply_above(text):
        lines = _or_all(_above_reply_line(lines), lines)
    if quotes.may_quote(firsts, text):
        lines = _without_quotes(lines, depth, forwards=forwards)
    form = forms.form_of(lines) if is_mail or forms.may_be_form(text) else None
    if form is not None:
        lines = form.message
    lines = _or_all(footers.without_footers(lines), lines)
    lines = _without_names(lines, firsts, text, is_mail=is_mail or lines is not whole)
    if not openings.GREETING_WORDS.isdisjoint(firsts):
        lines = _or_all(openings.without_greeting(lines), lines)
    # Below the message: the first lines tell the language, and the title may be that of the form.
    return lines if form is None else [*lines, *form.titles]


def _without_names(lines: Sequence[str], firsts: set[str], text: str, *, is_mail: bool) -> Sequence[str]:
    """Without the lines that say who writes."""
    if not signatures.FIRST_WORDS.isdisjoint(firsts):
        lines = _without_signature(lines, signatures.closing_at(lines))
    if signatures.may_name_contacts(text):
        lines = _without_signature(lines, signatures.contacts_at(lines))
    if not is_mail:
        return lines
    lines = _without_signature(lines, signatures.names_at(lines))
    return _or_all(openings.without_introduction(lines), lines)


def _above_reply_line(lines: Sequence[str]) -> Sequence[str]:
    for index, line in enumerate(lines):
        if quotes.asks_to_reply_above(line):
            return _or_all(lines[:index], lines[index + 1 :])
    return lines


def _without_quotes(lines: Sequence[str], depth: int, *, forwards: bool) -> Sequence[str]:
    if quotes.may_forward(lines) and not says(_unquoted(lines)):
        # Some clients quote all of a message that they forward.
        lines = [quotes.unquoted(line) for line in lines]
    quote = quotes.first_quote(lines)
    if quote is None:
        return _or_all(_without_quoted_ends(lines), lines)
    above, below = _unquoted(lines[: quote.begins]), lines[quote.body :]
    if quote.forwarded or (forwards and quote.has_headers):
        return _forwarded(above, below, depth)
    if any(map(quotes.is_quoted, below)):
        # The quote is marked line by line: what stands between and below its lines is the sender's.
        below = _unquoted(below)
        rest = _without_quotes(below, depth + 1, forwards=False) if depth < MAX_FORWARDS else below
        return _or_all([*above, "", *rest], lines)
    return above if says(above) else lines


def _forwarded(above: Sequence[str], below: Sequence[str], depth: int) -> Sequence[str]:
    """What the sender says of a message, and that message."""
    inner = quotes.without_headers([quotes.unquoted(line) for line in below])
    if depth < MAX_FORWARDS:
        inner = _message(inner, depth + 1, is_mail=True)
    own = _without_names(above, first_words(above), "\n".join(above), is_mail=True)
    return [*own, "", *inner] if signatures.is_more_than_names(own) else inner


def _without_quoted_ends(lines: Sequence[str]) -> Sequence[str]:
    """Without quoted lines at the top and at the end: no client says whose they are, so those between stay."""
    own = [index for index, line in enumerate(lines) if line and not quotes.is_quoted(line)]
    return lines[own[0] : own[-1] + 1] if own else lines


def _unquoted(lines: Sequence[str]) -> Sequence[str]:
    if not any(map(quotes.is_quoted, lines)):
        return lines
    return [line for line in lines if not quotes.is_quoted(line)]


def _without_signature(lines: Sequence[str], begins: int | None) -> Sequence[str]:
    if begins is None:
        return lines
    kept = [*lines[:begins], *signatures.postscript(lines[begins:])]
    return kept if any(line and not openings.is_greeting(line) for line in kept) else lines


def _or_all(kept: Sequence[str], lines: Sequence[str]) -> Sequence[str]:
    return kept if kept is lines or says(kept) else lines


def _trimmed(lines: Sequence[str]) -> list[str]:
    """The lines without those at both ends that say nothing, and without two blank ones in a row."""
    kept: list[str] = []
    for line in lines:
        if (line and kept) or any(map(str.isalnum, line)) or (kept and kept[-1]):
            kept.append(line)
    while kept and not any(map(str.isalnum, kept[-1])):
        kept.pop()
    return kept
