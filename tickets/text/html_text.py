"""HTML to the plain text that a mail client would have sent beside it.

What clients mark in HTML becomes what they write in plain text: quoted lines begin with `> `, a signature stands below
a line of two dashes, a rule is a line of underscores. So one set of rules (`mail`) reads both kinds of mail.
"""

import html
import re
from collections.abc import Iterator
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

QUOTE = "> "
SIGNATURE = "-- "
RULE = "_" * 32
CELL = "\t"
TAGS_NEEDED = 2

# A tag that opens or closes a document, a block or a run of text. `a < b` and `List<String>` are none.
_TAG = re.compile(
    r"<(?:/?(?:html|body|head|div|p|br|span|table|tbody|tr|td|th|ul|ol|li|blockquote|font|h[1-6]|pre|center|hr|b|i|u"
    r"|strong|em|a|img|style|meta|o:p)(?:\s[^<>]{0,2000})?/?|!doctype\s[^<>]{0,300})>",
    re.IGNORECASE,
)
_BLOCK_ENDS = re.compile(r"</(?:html|body|div|p|table|td|li|ul|ol|blockquote|h[1-6])\s*>", re.IGNORECASE)
_LINE_BREAKS = re.compile(r"<br\s*/?>", re.IGNORECASE)
_ENTITY = re.compile(
    r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|nbsp|amp|lt|gt|quot|apos|[a-z]{1,6}(?:acute|grave|tilde|uml));", re.IGNORECASE
)
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em)?\s*(?:;|$)", re.IGNORECASE
)

_UNREAD = frozenset(
    (
        "head",
        "style",
        "script",
        "title",
        "template",
        "noscript",
        "meta",
        "link",
        "object",
        "svg",
        "-comment",
        "!doctype",
    )
)
_MAY_SIGN = frozenset(("div", "span", "table", "p", "td", "pre"))
# Marks of one signature lie in each other, or follow each other: so many lines.
MARKS_APART = 3
# A parser looks through all open elements at each new one: its time grows with the square of their number.
MAX_DEPTH = 1_000
_OPENS_OR_CLOSES = re.compile(r"<(/?)(?!(?:br|hr|img|p|li|t[dhr]|meta|link|input)\b)[a-z]", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]{0,4000}>")

_PARAGRAPHS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "blockquote", "pre"))
_LINES = frozenset(
    ("div", "tr", "li", "br", "hr", "section", "article", "header", "footer", "address", "center", "dt", "dd", "form")
)
# Class names and ids by which clients find their own signatures again: Gmail, Thunderbird, Outlook for phones and on
# the web, Apple, Proton, Yahoo, Samsung, Front.
_SIGNATURES = re.compile(
    r"gmail_signature|moz-signature|ms-outlook-mobile-signature|protonmail_signature_block|AppleMailSignature"
    r"|ydp\w*signature|\bsignature\b|\bSignature\b|composer_signature|x_Signature",
)


def is_html(text: str) -> bool:
    """Whether a text is HTML, and not a text that speaks of a tag.

    It is when it begins with a tag, when it ends two blocks or more, or breaks two lines or more.
    """
    if "<" not in text or ">" not in text:
        return False
    return _TAG.match(text.lstrip()) is not None or any(
        len(tuple(islice(found.finditer(text), TAGS_NEEDED))) == TAGS_NEEDED for found in (_BLOCK_ENDS, _LINE_BREAKS)
    )


def unescaped(text: str) -> str:
    """A plain text without the entities of an export that escaped it for HTML."""
    return html.unescape(text) if "&" in text and _ENTITY.search(text) else text


def text_of(document: str) -> str:
    """The text of an HTML mail: its paragraphs as lines, quotes and signatures marked.

    Of a document with more than `MAX_DEPTH` elements in each other only the tags are taken out.
    """
    if _is_too_deep(document):
        return unescaped(_ANY_TAG.sub("\n", document)).strip()
    lines = _Lines()
    parser = LexborHTMLParser(document)
    if parser.body is not None:
        for node, begins in _walk(parser.body):
            lines.element(node, begins=begins)
    return lines.text()


def _is_too_deep(document: str) -> bool:
    depth = 0
    for tag in _OPENS_OR_CLOSES.finditer(document):
        depth = max(0, depth - 1) if tag.group(1) else depth + 1
        if depth > MAX_DEPTH:
            return True
    return False


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Each node with True where it begins and False where it ends; without what is never shown."""
    stack: list[tuple[LexborNode, bool]] = [(root, True)]
    while stack:
        node, begins = stack.pop()
        if not begins:
            yield node, False
            continue
        if _is_unread(node):
            continue
        yield node, True
        child = node.first_child
        if child is None and node.tag == "-text":
            continue
        stack.append((node, False))
        children = []
        while child is not None:
            children.append((child, True))
            child = child.next
        stack.extend(reversed(children))


def _is_unread(node: LexborNode) -> bool:
    if node.tag == "-text":
        return False
    return node.tag in _UNREAD or bool(_HIDDEN.search(node.attributes.get("style") or ""))


class _Lines:
    """Collects the lines of a text. Nothing but `element` and `text` is used from outside."""

    def __init__(self) -> None:
        self._done: list[str] = []
        self._open: list[str] = []
        self._quotes = 0
        self._verbatim = 0

    def element(self, node: LexborNode, *, begins: bool) -> None:
        """A node begins or ends."""
        tag = node.tag
        if tag == "-text":
            self._text(node.text_content or "")
        elif tag == "blockquote":
            self._end_line(paragraph=True)
            self._quotes += 1 if begins else -1
        elif tag == "hr" and begins:
            self._end_line(paragraph=False)
            self._open.append(RULE)
            self._end_line(paragraph=False)
        elif tag in _PARAGRAPHS:
            self._end_line(paragraph=True)
            self._verbatim += (1 if begins else -1) if tag == "pre" else 0
        elif tag in _LINES and (begins or tag != "br"):
            self._end_line(paragraph=False, forced=tag == "br")
        elif tag in {"td", "th"} and not begins:
            self._open.append(CELL)
        if begins and tag in _MAY_SIGN and _is_signature(node):
            self._end_line(paragraph=False)
            if not self._is_signed():
                self._done.append(SIGNATURE)

    def _is_signed(self) -> bool:
        return any(line.rstrip() == SIGNATURE.rstrip() for line in self._done[-MARKS_APART:])

    def text(self) -> str:
        """All lines."""
        self._end_line(paragraph=False)
        return "\n".join(self._done).strip("\n")

    def _text(self, text: str) -> None:
        if not self._verbatim:
            self._open.append(_SPACES.sub(" ", text))
            return
        first, *others = text.replace("\r\n", "\n").split("\n")
        self._open.append(first)
        for line in others:
            self._end_line(paragraph=False, forced=True)
            self._open.append(line)

    def _end_line(self, *, paragraph: bool, forced: bool = False) -> None:
        line = "".join(self._open)
        if not self._verbatim:
            line = CELL.join(_SPACES.sub(" ", cell).strip() for cell in line.strip().split(CELL)).strip()
        self._open.clear()
        if line == SIGNATURE.rstrip() and self._is_signed():
            line = ""
        quote = QUOTE * bool(self._quotes)
        if line or forced:
            self._done.append(quote + line)
        if paragraph and self._done and self._done[-1] not in {"", quote}:
            self._done.append(quote)


def _is_signature(node: LexborNode) -> bool:
    attributes = node.attributes
    named = f"{attributes.get('class') or ''} {attributes.get('id') or ''} {attributes.get('data-smartmail') or ''}"
    return len(named) > 2 and _SIGNATURES.search(named) is not None
