"""Probabilities of codes from log-probabilities of tokens, however a tokenizer splits them."""

import math
from collections.abc import Mapping, Sequence

import pytest

from classifier.llm.chat.answer import Found, Token
from classifier.llm.chat.confidence import over_codes

CODES = ["A", "B", "C"]
PAIRS = ["AA", "AB", "BA", "BB"]


def token(text: str, beside: Mapping[str, float] | None = None) -> Token:
    """A token with the probabilities of what could stand there."""
    return Token(text, {name: math.log(share) for name, share in (beside or {text: 1.0}).items()})


def found(code: str, tokens: Sequence[Token], content: str | None = None) -> Found:
    said = "".join(each.text for each in tokens) if content is None else content
    return Found(code, said, said.index(code), tuple(tokens))


def rounded(shares: Mapping[str, float] | None) -> dict[str, float]:
    assert shares is not None
    return {code: round(share, 6) for code, share in shares.items()}


def in_json(value: Token) -> list[Token]:
    return [token('{"'), token("code"), token('":"'), value, token('"}')]


def test_after_the_mask_the_rest_belongs_to_codes_that_are_not_named() -> None:
    """The list holds codes only; what it leaves out is shared by the others."""
    shares = over_codes(found("A", in_json(token("A", {"A": 0.7, "B": 0.2}))), CODES)

    assert rounded(shares) == {"A": 0.7, "B": 0.2, "C": 0.1}


def test_before_the_mask_codes_share_what_is_theirs_in_proportion() -> None:
    """Words that are no code have no part in the answer."""
    beside = {"A": 0.3, "B": 0.1, "The": 0.4, "billing": 0.15}

    shares = over_codes(found("A", in_json(token("A", beside))), CODES)

    assert rounded(shares) == {"A": 0.75, "B": 0.25, "C": 0.0}


def test_masked_tokens_do_not_make_a_list_one_from_before_the_mask() -> None:
    """Servers write -9999, or minus infinity, for what is not allowed."""
    tokens = in_json(Token("A", {"A": math.log(0.8), "zzz": -9999.0, "The": -math.inf}))

    assert rounded(over_codes(found("A", tokens), CODES)) == {"A": 0.8, "B": 0.1, "C": 0.1}


@pytest.mark.parametrize(
    ("tokens", "content"),
    [
        ([token("A", {"A": 0.8, "B": 0.2})], "A"),
        ([token(" A", {" A": 0.5, "A": 0.3, " B": 0.2})], " A"),
        ([token('{"code":"'), token("A", {"A": 0.8, "B": 0.2}), token('"}')], None),
        ([token('{"code'), token('":"A', {'":"A': 0.8, '":"B': 0.2}), token('"}')], None),
        ([token('{"code": '), token('"A', {'"A': 0.8, '"B': 0.2}), token('"}')], None),
        ([token('{"code":"'), token('A"}', {'A"}': 0.7, 'A"': 0.1, 'B"}': 0.2})], None),
        ([token("Thinking.</think>"), token("A", {"A": 0.8, "B": 0.2})], "A"),
        ([token('{"code":"'), token("A", {"A": 0.8, "B": 0.2}), token('"}'), token("<|im_end|>")], '{"code":"A"}'),
    ],
)
def test_the_place_of_the_code_is_found_however_it_is_split(tokens: list[Token], content: str | None) -> None:
    """With blanks, quotes, fields and thoughts in its token, or before it."""
    said = "".join(each.text for each in tokens) if content is None else content

    assert rounded(over_codes(Found("A", said, said.index("A"), tuple(tokens)), ["A", "B"])) == {"A": 0.8, "B": 0.2}


def test_a_code_of_two_tokens_is_followed_along_the_answer() -> None:
    """P(AB) = P(A) P(B after A); what begins otherwise is shared by the codes that begin so."""
    tokens = in_json(token("A", {"A": 0.6, "B": 0.4}))
    tokens[4:4] = [token("B", {"A": 0.25, "B": 0.75})]

    shares = over_codes(found("AB", tokens), PAIRS)

    assert rounded(shares) == {"AA": 0.15, "AB": 0.45, "BA": 0.2, "BB": 0.2}


def test_a_tokenizer_may_have_some_pairs_as_one_token() -> None:
    """A pair, and the letter with which another begins, stand beside each other."""
    tokens = in_json(token("AB", {"AB": 0.5, "A": 0.1, "BA": 0.2, "B": 0.2}))

    shares = over_codes(found("AB", tokens), PAIRS)

    assert rounded(shares) == {"AA": 0.1, "AB": 0.5, "BA": 0.2, "BB": 0.2}


def test_many_codes_beyond_the_twenty_that_are_named() -> None:
    """With 200 codes the shares still sum to 1, and the best is the one that was answered."""
    codes = [first + second for first in "ABCDEFGH" for second in "ABCDEFGHIJKLMNOPQRSTUVWXY"]
    named = {codes[7]: 0.6} | dict.fromkeys(codes[50:69], 0.01)

    shares = over_codes(found(codes[7], in_json(token(codes[7], named))), codes)

    assert shares is not None
    assert len(shares) == 200
    assert math.isclose(sum(shares.values()), 1.0)
    assert max(shares, key=shares.__getitem__) == codes[7]
    assert math.isclose(shares[codes[7]], 0.6)


@pytest.mark.parametrize(
    "tokens",
    [
        [],
        [token("token_id:32")],
        in_json(token("B", {"B": 0.9, "A": 0.1})),
        in_json(Token("A", {"A": -math.inf})),
    ],
)
def test_log_probabilities_of_something_else_say_nothing(tokens: list[Token]) -> None:
    """Missing ones, those of another content, and those by which the answer is impossible."""
    content = '{"code":"A"}'

    assert over_codes(Found("A", content, content.index("A"), tuple(tokens)), CODES) is None
