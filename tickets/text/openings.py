"""What stands above a message: warnings of the mail server, and a greeting."""

from collections.abc import Sequence

from tickets.text.paragraphs import joined, paragraphs
from tickets.text.phrases import first_words, folded, phrases

MAX_BANNER_LINES = 4
MAX_BANNER = 400
MAX_BANNERS = 6
MAX_INTRODUCTION = 80
MAX_INTRODUCTION_LINES = 3
MAX_GREETING_WORDS = 6
MAX_NAMES = 2

_WARNINGS = phrases("banner_beginnings")
_FROM_OUTSIDE = phrases("banner_signs")
# Outlook says this above mail from new senders.
_RARE_SENDER = phrases("rare_sender")
_GREETINGS = frozenset(phrases("greetings"))
# A greeting may go on with these words, and with one or two names.
_GREETED = frozenset(phrases("greeted"))
_NOTICES = phrases("notices")
_INTRODUCES = phrases("introductions")
_ENDS = ",:.!;"
GREETING_WORDS = _GREETINGS
BANNER_WORDS = first_words((*_WARNINGS, *_RARE_SENDER)) | {"precaución", "atención"}


def without_banner(lines: Sequence[str]) -> Sequence[str]:
    """Without the warnings that a mail server writes above a message."""
    start = 0
    for _ in range(MAX_BANNERS):
        found = paragraphs(lines[start : start + MAX_BANNER_LINES])
        if not found:
            break
        begin, end = (start + index for index in found[0])
        if _is_banner(joined(lines, begin, end)) and not _is_banner(lines[begin]):
            start = end
        elif _is_banner(lines[begin]):
            start = begin + 1
        else:
            break
    return lines[start:] if start else lines


def without_introduction(lines: Sequence[str]) -> Sequence[str]:
    """Without first lines with which a program names the writer: `Ana Gil commented:`, `Ana mentioned you in Desk`."""
    kept, said = 0, 0
    for index, line in enumerate(lines):
        if not line:
            continue
        said += 1
        if _is_introduction(line):
            kept = index + 1
        elif said > MAX_INTRODUCTION_LINES:
            break
    return lines[kept:] if kept else lines


def without_greeting(lines: Sequence[str]) -> Sequence[str]:
    """Without a first line that only greets."""
    for index, line in enumerate(lines):
        if line:
            return lines[index + 1 :] if is_greeting(line) else lines
    return lines


def is_greeting(line: str) -> bool:
    """Whether a line greets and says nothing else: `Hola, buenos días:`, `Dear Ms Holm,`."""
    words = line.split(maxsplit=MAX_GREETING_WORDS)
    if not words or len(words) > MAX_GREETING_WORDS or folded(words[0]).rstrip(_ENDS) not in _GREETINGS:
        return False
    names = [word for word in words[1:] if folded(word).strip(_ENDS + "()") not in _GREETED]
    if any(not word[0].isupper() for word in names):
        return False
    return len(names) <= 1 or (len(names) <= MAX_NAMES and line.rstrip()[-1] in _ENDS)


def _is_introduction(line: str) -> bool:
    if len(line) > MAX_INTRODUCTION:
        return False
    text = folded(line)
    return (line.endswith(":") and text.rstrip(": ").endswith(_INTRODUCES)) or any(sign in text for sign in _NOTICES)


def _is_banner(paragraph: str) -> bool:
    if len(paragraph) > MAX_BANNER:
        return False
    text = folded(paragraph)
    if text.startswith("***") and text.endswith("***"):
        return True
    return text.startswith(_RARE_SENDER) or (
        text.lstrip("*![(⚠\ufe0f ").startswith(_WARNINGS) and any(sign in text for sign in _FROM_OUTSIDE)
    )
