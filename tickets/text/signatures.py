"""Where a signature begins: a line of two dashes, a phone's line, a closing, or a block of ways to reach the sender.

The rules prefer to leave too much: what stands below a closing goes only when nothing in it is a sentence.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from tickets.text.footers import FIRST_PERSON, hints_at_footer, is_footer
from tickets.text.paragraphs import paragraphs
from tickets.text.phrases import first_words, folded, phrases

MAX_LINE = 160
MAX_CLOSING = 90
MAX_NAME_WORDS = 5
MAX_SIGNATURE_LINES = 20
MAX_TITLE_WORDS = 9
MAX_SLOGAN_WORDS = 12
MIN_SENTENCE_WORDS = 4
MAX_NAME_LINES = 4
MAX_WISH_WORDS = 10
MAX_SENT_FROM_WORDS = 9

# RFC 3676, section 4.3, has two hyphens and a blank; blanks at the end are gone by now.
_DASHES = frozenset(("--", "\u2013", "\u2014"))
_SENT_FROM = phrases("sent_from")
_CLOSINGS = frozenset(phrases("closings"))
_PARTICLES = frozenset(phrases("particles"))
_POSTSCRIPTS = phrases("postscripts")
_WEAK = phrases("thanks")
_WISHES = phrases("wishes")
FIRST_WORDS = frozenset({*_DASHES, "obtén", *first_words((*_SENT_FROM, *_CLOSINGS, *_WISHES))})
_PRONOUNS = re.compile(
    r"\W*(?:pronouns:\s*|pronombres:\s*)?(?:she|he|they|ella|él|elle)(?:/\w+){1,3}\W*$", re.IGNORECASE
)
# `Ltd.` and `S.L.` end no sentence.
_ENDS_SENTENCE = re.compile(r"[^\W\d_]{4,}[.!?]$")
_CLOSING_ENDS = re.compile(r"\s*[,.!;:/\u2013\u2014-]+\s*")
_CONTACT_SIGNS = re.compile(r"[0-9@:|+]")
_CONTACT_WORDS = ("www.", "http", "Ltd", "LTD", "Inc", "INC", "LLC", "GmbH", "S.L", "S.A", "PLC")
_CONTACT = re.compile(
    r"\b(?:tel|tlf|tfno|tel[ée]fono|phone|mobile|m[óo]vil|cell|celular|fax|office|direct|switchboard|whatsapp|skype"
    r"|e-?mail|correo|web|website|linkedin|twitter|facebook|instagram)\b\s?[.:|]+\s*\S"
    r"|(?:^|[|,;/]\s?)[tmfepdwo]\s?[:|]\s?\S|\btel(?:\.|[ée]fono)?\s+[+(\d]|\+\d[\d\s().-]{6,30}"
    r"|\(?\b\d{2,5}\)?[\s.-]\d{3,4}[\s.-]\d{3,4}\b|\b\d{3} \d{2} \d{2} \d{2}\b|[^\s@<>]@[^\s@<>]{1,64}\.[a-z]"
    r"|\bwww\.\S|\bhttps?://\S|\b(?:Ltd|Inc|LLC|GmbH|S\.L\.|S\.A\.|PLC)(?:\W|$)",
    re.IGNORECASE,
)


def closing_at(lines: Sequence[str]) -> int | None:
    """Find the closing, or the line of dashes, with which the signature begins; None when there is none."""
    for index, line in enumerate(lines):
        if line and len(line) <= MAX_CLOSING and _begins_signature(lines, index):
            return index
    return None


def may_name_contacts(text: str) -> bool:
    """Whether any line of a text can name a way to reach the sender: a quick look."""
    return _CONTACT_SIGNS.search(text) is not None or any(word in text for word in _CONTACT_WORDS)


def contacts_at(lines: Sequence[str]) -> int | None:
    """Find a last paragraph of names and ways to reach the sender, of at least two lines; None when there is none."""
    found = paragraphs(lines)
    if len(found) <= 1:
        return None
    begin, end = found[-1]
    block = lines[begin:end]
    if len(block) == 1 or not all(_is_contact(line) or (_is_title(line) and ": " not in line) for line in block):
        return None
    return begin if any(map(_is_contact, block)) else None


def postscript(lines: Sequence[str]) -> Sequence[str]:
    """The lines below a signature that go on with the message."""
    for index, line in enumerate(lines):
        if _is_postscript(line):
            return lines[index:]
    return ()


def names_at(lines: Sequence[str]) -> int | None:
    """Find last lines of nothing but names, in a mail; None when there are none.

    Each word begins with a capital, and the line above ends as a sentence does.
    """
    begins, names = None, 0
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        if not line:
            continue
        is_name = _is_name(line.strip("(),.-")) and not _ENDS_SENTENCE.search(line)
        if not is_name and not _is_pronouns(line):
            return begins if names and line.endswith((".", "?", "!", ")", "\u2026")) else None
        begins, names = index, names + 1
        if names > MAX_NAME_LINES:
            return None
    return None


def _is_pronouns(line: str) -> bool:
    return _PRONOUNS.match(line) is not None


def _begins_signature(lines: Sequence[str], index: int) -> bool:
    line = lines[index]
    if line in _DASHES:
        return _is_signature(lines, index + 1)
    text = folded(line)
    if text.startswith(_SENT_FROM) and len(text.split()) <= MAX_SENT_FROM_WORDS:
        return _is_signature(lines, index + 1)
    if not _is_closing(line, text) or not _is_signature(lines, index + 1):
        return False
    # Thanks stand also above and between: then a name must follow.
    first = next(_not_blank(lines, index + 1), "")
    return not text.startswith(_WEAK) or not first or _is_title(first) or is_footer(first)


def is_more_than_names(lines: Sequence[str]) -> bool:
    """Whether any line says more than who writes."""
    return any(line and not _is_name(line.strip("(),.-")) and not _is_contact(line) for line in lines)


def _is_closing(line: str, text: str) -> bool:
    """Whether a line closes a letter and says nothing else but a name: `Un saludo, Ana`."""
    if text.startswith(_WISHES) and len(text.split()) <= MAX_WISH_WORDS:
        return not line.endswith("?")
    end = _CLOSING_ENDS.search(text)
    if end is None:
        return text.rstrip() in _CLOSINGS or _closes_with_name(line, text)
    if text[: end.start()].strip() not in _CLOSINGS:
        return text.rstrip(",.!;:- ") in _CLOSINGS
    rest = line[end.end() :].strip(",.!;:- ")
    return folded(rest) in _CLOSINGS or _is_name(rest)


def _closes_with_name(line: str, text: str) -> bool:
    """Whether a closing goes on with a name at once: `Un saludo Ana`."""
    words, names = text.split(), line.split()
    return any(
        " ".join(words[:count]) in _CLOSINGS and names[count][:1].isupper() and _is_name(" ".join(names[count:]))
        for count in range(1, min(len(words), MAX_NAME_WORDS))
    )


def _is_name(text: str) -> bool:
    words = [word for word in text.split() if word.lower() not in _PARTICLES]
    capitals = sum(word[0].isupper() for word in words)
    return (
        len(words) <= MAX_NAME_WORDS
        and capitals + sum(not word[0].isalpha() for word in words) == len(words)
        and (capitals > 0 or not words)
    )


def _is_signature(lines: Sequence[str], begins: int) -> bool:
    """Whether all from this line on can be left out: few lines, and none of them a sentence."""
    below = list(islice(_not_blank(lines, begins), MAX_SIGNATURE_LINES + 1))
    for number, line in enumerate(below):
        if _is_postscript(line):
            return not any(map(_is_sentence, below[:number]))
    return len(below) <= MAX_SIGNATURE_LINES and not any(map(_is_sentence, below))


def _not_blank(lines: Sequence[str], begins: int) -> Iterator[str]:
    return (lines[index] for index in range(begins, len(lines)) if lines[index])


def _is_postscript(line: str) -> bool:
    text = folded(line)
    return any(text.startswith(sign) and not text[len(sign) : len(sign) + 1].isalpha() for sign in _POSTSCRIPTS)


def _is_sentence(line: str) -> bool:
    """Whether a line says something; names, jobs, addresses, slogans and footers do not."""
    if folded(line).startswith(_SENT_FROM) or is_footer(line):
        return False
    if line.endswith("?"):
        return True
    words = folded(line).split()
    if len(words) < MIN_SENTENCE_WORDS or hints_at_footer(line):
        return False
    # Companies speak of themselves as we, in sentences as long as they like; a customer who goes on says I.
    says_i = not FIRST_PERSON.isdisjoint(words)
    return says_i or (len(words) <= MAX_SLOGAN_WORDS and line.endswith((".", "!")) and not _is_address(line))


def _is_address(line: str) -> bool:
    return _is_title(line) or _is_contact(line)


def _is_contact(line: str) -> bool:
    return len(line) <= MAX_LINE and may_name_contacts(line) and _CONTACT.search(line) is not None


def _is_title(line: str) -> bool:
    """Whether a line can be a name, a job or an address: few words, most with capitals, no end of a sentence."""
    words = line.split()
    if len(words) > MAX_TITLE_WORDS or line.endswith(("?", "!")):
        return False
    if line.endswith(".") and len(words) > MAX_NAME_WORDS and not any(map(str.isdigit, line)):
        return False
    return 2 * sum(1 for word in words if not word[0].islower()) >= len(words)
