"""Where a mail quotes another one: attributions, blocks of headers, separators, quoted lines.

Pure functions over lines. Every pattern looks at one line, of a limited length: the time is linear for every text.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

# Longer lines are what people write, not what clients put before a quote.
MAX_LINE = 400
ATTRIBUTION_LINES = 4
HEADER_LINES = 8
HEADERS_NEEDED = 2

_BEGINS_ATTRIBUTION = re.compile(
    r"(?:on|el|en|le|am|em|il|op|den|a las)\s|[^<>]{0,200}<\s*(?:mailto:)?[^\s<>@]+@|\d{4}[-/.]\d\d?[-/.]\d",
    re.IGNORECASE,
)
_ENDS_ATTRIBUTION = re.compile(
    r"(?:wrote|escribi[óo]|a écrit|schrieb(?:\s.{1,80})?|escreveu|ha scritto|schreef|skrev)\s*:?\s*$", re.IGNORECASE
)
_ADDRESS_THEN_COLON = re.compile(r"<[^\s<>@]+@[^\s<>]+>\)?\s*:\s*$")
_DIGIT_OR_ADDRESS = re.compile(r"\d|@")

_SEPARATOR = re.compile(
    r"[-_*=]{2,}\s*(?:original message|original appointment|mensaje original|correo original|mensaje anterior"
    r"|reply message|replied message|message d'origine|ursprüngliche nachricht|mensagem original)\s*[-_*=]{2,}$",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"(?:[-_*=]{2,}\s*(?:forwarded (?:message|by .{1,80})|mensaje reenviado|correo reenviado|message transféré)"
    r"\s*[-_*=]{0,}|(?:begin forwarded message|inicio del mensaje reenviado)\s*:)$",
    re.IGNORECASE,
)
_RULE = re.compile(r"[_-]{8,}$")
_REPLY_ABOVE = re.compile(
    r"[-#=_*\s]*(?:please |to |por favor,? |para )?(?:reply|type|write|respond|responda|responder|responde|escriba"
    r"|escribe|escribir|a[ñn]ada|introduzca|su respuesta)\b.{0,80}(?:above|encima|arriba|superior).{0,60}"
    r"(?:line|l[íi]nea)[-#=_*\s]*[.:]?[-#=_*\s]*$",
    re.IGNORECASE,
)
_ABOVE = ("above", "ABOVE", "encima", "ENCIMA", "arriba", "superior")
_SENDER = re.compile(r"\*?(?:from|de|von|da)\s*:\*?\s*\S", re.IGNORECASE)
_HEADER = re.compile(
    r"\*?(?P<name>from|sent|date|to|cc|bcc|subject|reply-to|importance|attachments"
    r"|de|enviado(?: el)?|enviada(?: el)?|fecha|para|cco|asunto|responder a|importancia|datos adjuntos)\s*:\*?(?:\s|$)",
    re.IGNORECASE,
)


_SUBJECTS = frozenset(("subject", "asunto"))
_MORE_THAN = re.compile(r">\s*[$\u20ac\u00a3]?\s?\d")
_CLOCK_TIME = re.compile(r"\d:\d\d")
_DATES = frozenset(("sent", "date", "enviado", "enviado el", "enviada", "enviada el", "fecha"))
# Other lines with a sign in front, and lines with an address, may begin one too.
_FIRST_WORDS = frozenset(
    ("on", "el", "en", "le", "am", "em", "il", "op", "den", "a", "from", "de", "von", "da", "begin", "inicio")
)


class Quote(NamedTuple):
    """Where quoted text begins.

    Attributes:
        begins: index of the first line of what the client put before the quote.
        body: index of the first line after that.
        forwarded: the customer passes the quoted message on; what it says is the question.
        has_headers: the quoted message begins with its headers.
    """

    begins: int
    body: int
    forwarded: bool
    has_headers: bool = False


def is_quoted(line: str) -> bool:
    """Whether a line is quoted by its sign; before a number the sign may mean more than."""
    return line.startswith((">", "|>")) and _MORE_THAN.match(line) is None


def may_quote(firsts: Collection[str], text: str) -> bool:
    """Whether any line can begin a quote: the first words of the lines, and the whole text, tell it quickly."""
    return not _FIRST_WORDS.isdisjoint(firsts) or "@" in text or any(not word[:1].isalpha() for word in firsts)


def first_quote(lines: Sequence[str]) -> Quote | None:
    """Find the first place where a client put a quoted message; None when there is none."""
    for index, line in enumerate(lines):
        if not line or len(line) > MAX_LINE or is_quoted(line):
            continue
        if found := _quote_at(lines, index):
            return found
    return None


def may_ask_to_reply_above(text: str) -> bool:
    """Whether any line of a text can be the one that `asks_to_reply_above`: a quick look."""
    return "##-" in text or any(word in text for word in _ABOVE)


def asks_to_reply_above(line: str) -> bool:
    """Whether a help desk asks in this line to write above the line."""
    return line.startswith("##-") or (len(line) <= MAX_LINE and _REPLY_ABOVE.match(line) is not None)


def may_forward(lines: Iterable[str]) -> bool:
    """Whether any line, quoted or not, begins a forwarded message."""
    return any(_FORWARDED.match(unquoted(line)) for line in lines if len(line) <= MAX_LINE)


def unquoted(line: str) -> str:
    """The line without the signs of a quote."""
    return line.lstrip("|> ").rstrip()


def without_headers(lines: Sequence[str]) -> Sequence[str]:
    """The lines of a forwarded message without its headers."""
    start = _skip_blank(lines, 0)
    length = _headers_at(lines, start)
    return lines[start + length :]


def _quote_at(lines: Sequence[str], index: int) -> Quote | None:
    line = lines[index]
    if _FORWARDED.match(line):
        return Quote(index, index + 1, forwarded=True)
    if _SEPARATOR.match(line):
        return Quote(index, index + 1, forwarded=False)
    if _RULE.match(line):
        below = _skip_blank(lines, index + 1)
        length = _headers_at(lines, below)
        return Quote(index, below + length, forwarded=False, has_headers=True) if length else None
    if length := _headers_at(lines, index):
        return Quote(index, index + length, forwarded=False, has_headers=True)
    length = _attribution_at(lines, index)
    return Quote(index, index + length, forwarded=False) if length else None


def _attribution_at(lines: Sequence[str], index: int) -> int:
    """How many lines the attribution takes that begins here, such as `On … wrote:`; 0 when none does."""
    # Zoho draws lines on both sides: `---- On … wrote ----`.
    if not _BEGINS_ATTRIBUTION.match(lines[index].lstrip("- ")):
        return 0
    joined = ""
    for length, line in enumerate(lines[index : index + ATTRIBUTION_LINES], 1):
        if not line or is_quoted(line) or len(joined) + len(line) > MAX_LINE:
            return 0
        joined += f" {line.strip('- ')}"
        if _ENDS_ATTRIBUTION.search(joined) and _DIGIT_OR_ADDRESS.search(joined):
            return length
        if _ADDRESS_THEN_COLON.search(joined) and re.search(r"\d", joined):
            return length
    return 0


def _headers_at(lines: Sequence[str], index: int) -> int:
    """How many lines the block of headers takes that begins with the sender here; 0 when none does."""
    if index >= len(lines) or not _SENDER.match(lines[index]):
        return 0
    names: set[str] = set()
    end = index
    for number in range(index, min(index + HEADER_LINES, len(lines))):
        found = _HEADER.match(lines[number]) if len(lines[number]) <= MAX_LINE else None
        if found is not None:
            names.add(found["name"].lower())
            end = number + 1
        elif not lines[number] and number > index:
            break
    if len(names) <= HEADERS_NEEDED or not (_SUBJECTS & names):
        return 0
    told = "\n".join(lines[index:end])
    return end - index if "@" in told or (_DATES & names and _CLOCK_TIME.search(told)) else 0


def _skip_blank(lines: Sequence[str], index: int) -> int:
    while index < len(lines) and not lines[index]:
        index += 1
    return index
