"""Reads as much of a statement as the HTTP interface has to know (pure).

ClickHouse joins the `query` parameter and the body of a request and reads one statement from them;
an INSERT with a FORMAT clause is followed by its data, which may be binary.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    rb"""(?P<blank>\s+|--[^\n]*|\#[!\ ][^\n]*|/\*.*?\*/)
       | (?P<quoted>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|\xe2\x80\x98.*?\xe2\x80\x99|\xe2\x80\x9c.*?\xe2\x80\x9d
            |'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.|``)*`)
       | (?P<word>[A-Za-z_][A-Za-z0-9_$]*)
       | (?P<sign>.)""",
    re.DOTALL | re.VERBOSE,
)
_ANSWERING = frozenset(
    {b"SELECT", b"WITH", b"SHOW", b"DESCRIBE", b"DESC", b"EXISTS", b"EXPLAIN", b"CHECK", b"FROM", b"("}
)
# After these words an INSERT takes its rows from elsewhere, not from data that follow.
_ROWS_ELSEWHERE = frozenset({b"SELECT", b"WITH", b"FROM", b"WATCH"})


class StatementError(ValueError):
    """The text is not one statement. This is checked here, because chdb runs several statements, and accepts none."""


class Plain(NamedTuple):
    """A statement that the engine takes whole.

    Attributes:
        sql: its text.
        format: the output format that it names, or None.
        answers: whether it gives a result set.
    """

    sql: bytes
    format: str | None
    answers: bool


class Insert(NamedTuple):
    """An INSERT whose rows follow in an input format.

    Attributes:
        sql: the statement, up to its SETTINGS or FORMAT clause.
        settings: its SETTINGS clause, or nothing.
        format: the name of the input format.
        data: the rows in that format.
    """

    sql: bytes
    settings: bytes
    format: str
    data: bytes

    def reading(self, file: bytes) -> bytes:
        """Return the statement with its data in a file, which a quoted name gives."""
        return b"%b FROM INFILE %b %b FORMAT %b" % (self.sql, file, self.settings, self.format.encode())


class InsertSelect(NamedTuple):
    """An INSERT … SELECT whose table function `input` reads rows that follow in an input format.

    Attributes:
        before: the statement, up to the function.
        structure: the function's argument, a quoted text: the columns of the rows.
        behind: the statement from the function to its FORMAT clause.
        format: the name of the input format.
        data: the rows in that format.
    """

    before: bytes
    structure: bytes
    behind: bytes
    format: str
    data: bytes

    def reading(self, table: bytes) -> bytes:
        """Return the statement with its rows in a table."""
        return self.before + table + self.behind


class _Token(NamedTuple):
    kind: str
    text: bytes
    start: int
    end: int
    depth: int


def _significant(text: bytes) -> Iterator[_Token]:
    """Yield the tokens that are neither space nor comment, with the depth of the brackets around them."""
    depth = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "blank":
            continue
        token = match.group()
        if token in b"([{":
            depth += 1
        elif token in b")]}":
            depth -= 1
        yield _Token(kind, token.upper() if kind == "word" else token, match.start(), match.end(), depth)


def parse(text: bytes) -> Plain | Insert | InsertSelect:
    """Read a statement.

    Args:
        text: the whole statement as it came over HTTP, data included.

    Raises:
        StatementError: there is no statement, or something follows its end.
    """
    tokens = _significant(text)
    first = next(tokens, None)
    if first is None or (first.kind != "word" and first.text != b"("):
        raise StatementError("failed at position 1: no statement begins so")
    if first.text == b"INSERT":
        return _parse_insert(text, tokens)
    return _parse_plain(text, first, tokens)


def _parse_insert(text: bytes, tokens: Iterator[_Token]) -> Plain | Insert | InsertSelect:
    # The word after INTO (or INTO TABLE, INTO FUNCTION) is a name, even when it looks like a keyword.
    name_follows = True
    settings_at: int | None = None
    for token in tokens:
        if token.kind not in {"word", "quoted"} or token.depth:
            continue
        if name_follows:
            name_follows = token.text in {b"INTO", b"TABLE", b"FUNCTION"}
        elif token.text in _ROWS_ELSEWHERE:
            return _parse_insert_select(text, tokens)
        elif token.text == b"VALUES":
            # chdb would run the statements behind the rows.
            rows = text[token.end :]
            if b";" in rows:
                _refuse_second(_significant(rows))
            return _with_data(text, settings_at, token.start, "Values", rows)
        elif token.text == b"SETTINGS":
            settings_at = token.start
        elif token.text == b"FORMAT":
            return _split_data(text, settings_at, token, next(tokens, None))
    return Plain(text, None, answers=False)


def _split_data(text: bytes, settings_at: int | None, keyword: _Token, name: _Token | None) -> Plain | Insert:
    if name is None or name.kind != "word":
        return Plain(text, None, answers=False)
    return _with_data(text, settings_at, keyword.start, text[name.start : name.end].decode(), _data_behind(text, name))


def _data_behind(text: bytes, name: _Token) -> bytes:
    data = text[name.end :].lstrip(b" \t\f")
    return data.removeprefix(b";").lstrip(b" \t\f").removeprefix(b"\r").removeprefix(b"\n")


def _with_data(text: bytes, settings_at: int | None, end: int, name: str, data: bytes) -> Insert:
    settings_at = end if settings_at is None else settings_at
    return Insert(text[:settings_at], text[settings_at:end], name, data)


def _parse_insert_select(text: bytes, tokens: Iterator[_Token]) -> Plain | InsertSelect:
    """Find the function `input`; without it a FORMAT is that of the answer, and no data follow."""
    last: list[_Token] = []
    function: list[_Token] = []
    ended = False
    for token in tokens:
        if ended:
            raise StatementError("Multi-statements are not allowed")
        last = [*last[-3:], token]
        if function and token.text == b"FORMAT" and token.kind == "word" and not token.depth:
            name = next(tokens, None)
            if name is None or name.kind != "word":
                break
            behind, named = text[function[3].end : token.start], text[name.start : name.end].decode()
            structure = text[function[2].start : function[2].end]
            return InsertSelect(text[: function[0].start], structure, behind, named, _data_behind(text, name))
        if not function and _is_input(last):
            function = last
        ended = token.text == b";" and token.kind == "sign"
    return Plain(text, None, answers=False)


def _is_input(tokens: list[_Token]) -> bool:
    """Whether these four are the function with its argument."""
    kinds, texts = [token.kind for token in tokens], [token.text for token in tokens]
    return (
        kinds == ["word", "sign", "quoted", "sign"]
        and texts[0] == b"INPUT"
        and texts[1::2] == [b"(", b")"]
        and texts[2][:1] == b"'"
    )


def _refuse_second(tokens: Iterator[_Token]) -> None:
    """Read to the end of a statement, behind which there may be no other one."""
    ended = False
    for token in tokens:
        if ended:
            raise StatementError("Multi-statements are not allowed")
        ended = token.text == b";" and token.kind == "sign"


def _parse_plain(text: bytes, first: _Token, tokens: Iterator[_Token]) -> Plain:
    named: bytes | None = None
    format_follows = ended = False
    for token in tokens:
        if ended:
            raise StatementError("Multi-statements are not allowed")
        if format_follows and token.kind == "word":
            named = text[token.start : token.end]
        format_follows = token.text == b"FORMAT" and token.kind == "word" and not token.depth
        ended = token.text == b";" and token.kind == "sign"
    return Plain(text, named.decode() if named else None, answers=first.text in _ANSWERING)
