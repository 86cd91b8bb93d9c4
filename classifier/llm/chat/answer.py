"""What an endpoint answered with 200: the code of a choice, or why it is none. Pure; nothing is guessed."""

import json
import math
import re
from collections.abc import Collection, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from classifier.llm.types import Usage

FaultCode: TypeAlias = Literal[
    "not_json",
    "error_in_answer",
    "no_answer",
    "refusal",
    "content_filter",
    "truncated",
    "out_of_room",
    "empty",
    "unknown_label",
]
KEY = "code"
_THOUGHTS = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
_FENCE = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n\s*```\s*", re.DOTALL)
_BARE = re.compile(r"[\s\"'`*]*([A-Z]+)[\s\"'`*.]*")
_VALUE = re.compile(rf'"{KEY}"\s*:\s*"([A-Z]+)"')
# How some servers write blanks and line ends in the pieces of their vocabulary.
_PIECES = str.maketrans({"\u2581": " ", "\u0120": " ", "\u010a": "\n"})


class Token(NamedTuple):
    """One token of the answer, with what could have stood in its place: text to log-probability, itself included."""

    text: str
    beside: Mapping[str, float]


class Found(NamedTuple):
    """The code that was answered, and where it stands in the content."""

    code: str
    content: str
    offset: int
    tokens: tuple[Token, ...]


class Fault(NamedTuple):
    """Why there is no code. Never with a word of the endpoint's: it may quote the ticket."""

    code: FaultCode


class Read(NamedTuple):
    """One answer; `usage` is None where the endpoint did not say. `thought` is the number of reasoning tokens."""

    outcome: Found | Fault
    usage: Usage | None = None
    thought: int = 0


def read_answer(body: bytes, codes: Collection[str]) -> Read:
    """The answer in the body of a 200."""
    document = document_of(body)
    if not isinstance(document, dict):
        return Read(Fault("not_json"))
    usage, thought = _usage(document.get("usage"))
    choices = document.get("choices")
    if document.get("error") and not choices:
        return Read(Fault("error_in_answer"), usage, thought)
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(message, dict):
        return Read(Fault("no_answer"), usage, thought)
    return Read(_outcome(first, message, codes), usage, thought)


def document_of(body: bytes) -> object:
    """The JSON document in a body; None when it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _outcome(choice: Mapping[str, Any], message: Mapping[str, Any], codes: Collection[str]) -> Found | Fault:
    finish = choice.get("finish_reason")
    content = _content(message.get("content"))
    if finish == "content_filter":
        return Fault("content_filter")
    if message.get("refusal"):
        return Fault("refusal")
    # Also with a content that could be read: what was cut off might have taken it back.
    if finish == "length":
        return Fault("truncated" if content.strip() else "out_of_room")
    if not content.strip():
        return Fault("empty")
    found = _located(content, codes)
    if found is None:
        return Fault("unknown_label")
    return Found(*found, tokens=_tokens(choice.get("logprobs")))


def _content(given: object) -> str:
    if isinstance(given, list):
        parts = [part.get("text") for part in given if isinstance(part, dict) and part.get("type") == "text"]
        return "".join(part for part in parts if isinstance(part, str))
    return given if isinstance(given, str) else ""


def _located(content: str, codes: Collection[str]) -> tuple[str, str, int] | None:
    """The code, the content and the code's place in it; None where the content is anything else than one code."""
    said = _THOUGHTS.sub("", content, count=1)
    fenced = _FENCE.fullmatch(said)
    said = fenced[1] if fenced else said
    match = _BARE.fullmatch(said) or _in_json(said)
    if match is None or match[1] not in codes:
        return None
    return match[1], said, match.start(1)


def _in_json(said: str) -> re.Match[str] | None:
    try:
        pairs = json.loads(said, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return None
    # A key twice is two answers.
    if not isinstance(pairs, list) or [pair[0] for pair in pairs if isinstance(pair, tuple)].count(KEY) != 1:
        return None
    value = next(pair[1] for pair in pairs if isinstance(pair, tuple) and pair[0] == KEY)
    matches = [match for match in _VALUE.finditer(said) if match[1] == value]
    return matches[0] if len(matches) == 1 else None


def _usage(given: object) -> tuple[Usage | None, int]:
    if not isinstance(given, dict):
        return None, 0
    prompt, completion = _count(given.get("prompt_tokens")), _count(given.get("completion_tokens"))
    if prompt is None or completion is None:
        return None, 0
    cached = _count(_within(given, "prompt_tokens_details", "cached_tokens")) or 0
    thought = _count(_within(given, "completion_tokens_details", "reasoning_tokens")) or 0
    # Some count the reasoning beside the completion, where the total shows it.
    total = _count(given.get("total_tokens")) or 0
    return Usage(prompt, min(cached, prompt), max(completion, total - prompt)), thought


def _within(given: Mapping[str, Any], outer: str, inner: str) -> object:
    details = given.get(outer)
    return details.get(inner) if isinstance(details, dict) else None


def _count(given: object) -> int | None:
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given) or given < 0:
        return None
    return int(given)


def _tokens(given: object) -> tuple[Token, ...]:
    """The tokens with their log-probabilities; none where they are missing or have another form."""
    listed = given.get("content") if isinstance(given, dict) else None
    if not isinstance(listed, list):
        return ()
    tokens = [_token(each) for each in listed]
    return tuple(token for token in tokens if token is not None) if None not in tokens else ()


def _token(given: object) -> Token | None:
    first = _share(given)
    if first is None or not isinstance(given, dict):
        return None
    top = given.get("top_logprobs")
    shares = [first, *(share for each in (top if isinstance(top, list) else []) if (share := _share(each)))]
    return Token(first[0], dict(reversed(shares)))


def _share(given: object) -> tuple[str, float] | None:
    if not isinstance(given, dict):
        return None
    text, share = given.get("token"), given.get("logprob")
    if not isinstance(text, str) or isinstance(share, bool) or not isinstance(share, int | float) or math.isnan(share):
        return None
    return text.translate(_PIECES), min(float(share), 0.0)
