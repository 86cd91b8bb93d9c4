"""How sure an LLM is: the log-probabilities of its answer's tokens, over the codes that it may choose. Pure.

Endpoints give them before the schema has masked what is not allowed, or after. Before it, words that are no code have
probability too: then the codes share what is left, in proportion. After it, the codes have all of it, and what the list
of the 20 most probable tokens leaves out belongs to the codes that it does not name.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from classifier.llm.chat.answer import Found, Token

_LETTERS = re.compile(r"[A-Z]*")
_AROUND = " \t\n\"'`*"
_BEHIND = _AROUND + "}.,:"
# What a mask leaves of a forbidden token: -9999, or minus infinity.
_FORBIDDEN = 1e-6


class _Place(NamedTuple):
    """The number of the token in which the code begins; `lead` is what of it stands before the code."""

    number: int
    lead: str


def over_codes(found: Found, codes: Sequence[str]) -> dict[str, float] | None:
    """P(code), which sum to 1, from an answer's log-probabilities.

    A code of several tokens is followed token by token along what was answered.

    Returns:
        None where there are no log-probabilities, or where they are not those of this content.
    """
    place = _place(found)
    if place is None:
        return None
    shares = dict.fromkeys(codes, 0.0)
    begun, weight = "", 1.0
    for token in found.tokens[place.number :]:
        level = _level(token, place.lead if not begun else "", begun, codes)
        own = begun + _letters(token.text, place.lead if not begun else "")
        _spread(shares, level, weight, without=None if own == found.code else own)
        if own == found.code or not found.code.startswith(own) or own == begun:
            break
        begun, weight = own, weight * level.get(own, 0.0)
    return _whole(shares, found.code)


def _place(found: Found) -> _Place | None:
    texts = [token.text for token in found.tokens]
    start = "".join(texts).rfind(found.content.strip())
    if start < 0 or not texts:
        return None
    at = start + found.offset - (len(found.content) - len(found.content.lstrip()))
    ends = list(accumulate(map(len, texts)))
    index = next(index for index, end in enumerate(ends) if end > at)
    return _Place(index, texts[index][: at - (ends[index] - len(texts[index]))])


def _level(token: Token, lead: str, begun: str, codes: Sequence[str]) -> dict[str, float]:
    """P(what has been answered then) of one token: of codes, and of beginnings of codes."""
    level: dict[str, float] = {}
    others = 0.0
    for text, share in token.beside.items():
        probability = math.exp(share)
        reached = _reached(text, lead, begun, codes)
        if reached is None:
            others += probability
        else:
            level[reached] = level.get(reached, 0.0) + probability
    total = sum(level.values())
    is_before_mask = others > _FORBIDDEN
    if total and (is_before_mask or total > 1.0 or not _unnamed(level, begun, codes)):
        return {reached: share / total for reached, share in level.items()}
    if not is_before_mask:
        level[begun] = max(0.0, 1.0 - total)
    return level


def _reached(text: str, lead: str, begun: str, codes: Sequence[str]) -> str | None:
    """The code, or the beginning of one, that stands after this token; None for what leads to no code."""
    letters = _letters(text, lead)
    behind = _without_lead(text, lead)[len(letters) :]
    reached = begun + letters
    if not letters or behind.strip(_BEHIND):
        return None
    if reached in codes:
        return reached
    return reached if not behind and any(code.startswith(reached) for code in codes) else None


def _letters(text: str, lead: str) -> str:
    found = _LETTERS.match(_without_lead(text, lead))
    return found[0] if found else ""


def _without_lead(text: str, lead: str) -> str:
    """What follows blanks and quotes, which tokenizers join with what stands behind them."""
    core = lead.strip(_AROUND)
    if core:
        return text.removeprefix(lead) if text.startswith(lead) else ""
    return text.lstrip(_AROUND)


def _unnamed(level: Mapping[str, float], begun: str, codes: Sequence[str]) -> bool:
    return any(code.startswith(begun) and not any(map(code.startswith, level)) for code in codes)


def _spread(shares: dict[str, float], level: Mapping[str, float], weight: float, without: str | None) -> None:
    """Add a token's shares to its codes; what only begins codes is shared equally among those not yet named."""
    for reached, share in level.items():
        if reached == without:
            continue
        codes = [reached] if reached in shares else [*_beginning(shares, reached, level)]
        for code in codes:
            shares[code] += weight * share / len(codes)


def _beginning(shares: Mapping[str, float], reached: str, level: Mapping[str, float]) -> Iterator[str]:
    longer = [other for other in level if other != reached and other.startswith(reached)]
    return (code for code in shares if code.startswith(reached) and not any(map(code.startswith, longer)))


def _whole(shares: Mapping[str, float], code: str) -> dict[str, float] | None:
    total = sum(shares.values())
    if not shares.get(code) or not total:
        return None
    return {name: share / total for name, share in shares.items()}
