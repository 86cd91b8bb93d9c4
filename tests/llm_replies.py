"""The bodies of the tests' chat-completions server, as the protocol documents them."""

import json
import math
import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tests.llm_server import Takes

MASKED = -9999.0
# Below this many codes beside the chosen one.
_CONFIDENCES = (0.93, 0.05, 0.01)


class Wish(NamedTuple):
    """Whom to ask for a code, how it is split into tokens, and whether the provider has the prefix in its cache."""

    choose: Callable[[str, Sequence[str]], str]
    tokens_of: Callable[[str], list[str]]
    codes: Sequence[str]
    cached: bool


def tokens_in(text: str) -> int:
    """The tokens of a text, as this server counts them: a token for each four bytes begun."""
    return -(-len(text.encode()) // 4)


def error(parameter: str, code: str) -> bytes:
    """The body of an error, as OpenAI writes it."""
    message = f"Unsupported parameter: '{parameter}' is not supported with this model." if parameter else "It failed."
    return json.dumps(
        {"error": {"message": message, "type": "invalid_request_error", "param": parameter or None, "code": code}}
    ).encode()


def refused_parameter(body: dict[str, Any], takes: "Takes") -> str:
    """The first parameter of a request that this endpoint does not take; empty when it takes all."""
    kind = body.get("response_format", {}).get("type", "")
    if {"json_schema": takes.schema, "json_object": takes.json_object}.get(kind) == "refused":
        return "response_format"
    if body.get("logprobs") and takes.logprobs == "refused":
        return "logprobs"
    if body.get("top_logprobs", 0) > takes.top_logprobs:
        return "top_logprobs"
    if not takes.system_role and body["messages"][0]["role"] == "system":
        return "system role"
    return next((name for name in sorted(takes.refused) if name in body), "")


def completion(body: dict[str, Any], takes: "Takes", fault: str, wish: Wish, rng: random.Random) -> dict[str, Any]:
    """The body of a 200, with its usage.

    Args:
        body: The request's.
        takes: What this endpoint takes.
        fault: One of the names of `Faults` that still gives a 200; empty for none.
        wish: What to answer.
        rng: Of this request.
    """
    allowed = _allowed(body, takes) or wish.codes
    code = wish.choose(body["messages"][-1]["content"], allowed)
    content = _content(body, takes, code)
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
    finish = "stop"
    room = body.get("max_completion_tokens", body.get("max_tokens", 1 << 20))
    match fault:
        case "garbage":
            message["content"] = rng.choice(["{", "ZZZZ", '{"code": "ZZZZ"}', "I think that it is billing.", "[]"])
        case "refusal":
            message |= {"content": None, "refusal": "I can't help with that."}
        case "empty":
            message["content"] = rng.choice(["", None])
        case "truncated":
            message["content"], finish = '{"co', "length"
        case "without_schema":
            message["content"] = f"The best code is {code}."
    if takes.reasoning_tokens and room <= takes.reasoning_tokens:
        message["content"], finish = "", "length"
    choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    given = takes.logprobs in {"after_mask", "before_mask"} and fault != "without_logprobs"
    if message["content"] == content and body.get("logprobs") and given:
        choice["logprobs"] = {"content": _log_probabilities(content, code, allowed, body, takes, wish)}
    spent = min(room, takes.reasoning_tokens + len(wish.tokens_of(message["content"] or "")))
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [choice],
        "usage": _usage(body, spent, takes, cached=wish.cached),
    }


def _allowed(body: dict[str, Any], takes: "Takes") -> list[str]:
    if takes.schema != "obeyed":
        return []
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema", {})
    return list(schema.get("properties", {}).get("code", {}).get("enum", []))


def _content(body: dict[str, Any], takes: "Takes", code: str) -> str:
    kind = body.get("response_format", {}).get("type", "text")
    obeyed = {"json_schema": takes.schema, "json_object": takes.json_object}.get(kind) == "obeyed"
    return json.dumps({"code": code}, separators=(",", ":")) if obeyed else code


def _usage(body: dict[str, Any], spent: int, takes: "Takes", *, cached: bool) -> dict[str, Any]:
    prompt = sum(tokens_in(message["content"]) + 4 for message in body["messages"])
    prefix = tokens_in(body["messages"][0]["content"]) // 128 * 128 if cached else 0
    return {
        "prompt_tokens": prompt,
        "completion_tokens": spent,
        "total_tokens": prompt + spent,
        "prompt_tokens_details": {"cached_tokens": prefix},
        "completion_tokens_details": {"reasoning_tokens": min(spent, takes.reasoning_tokens)},
    }


def _log_probabilities(
    content: str, code: str, allowed: Sequence[str], body: dict[str, Any], takes: "Takes", wish: Wish
) -> list[dict[str, Any]]:
    """Of each token; where the code stands, others are named beside it, the way its tokens are split."""
    tokens = wish.tokens_of(content)
    most = body.get("top_logprobs", 0)
    return [
        _of_token(token, _beside(token, code, allowed, takes)[:most] if code in token else [(token, 0.0)])
        for token in tokens
    ]


def _beside(token: str, code: str, allowed: Sequence[str], takes: "Takes") -> list[tuple[str, float]]:
    """The alternatives of the code's token: after the mask only codes are left, before it words are too."""
    others = [other for other in allowed if other != code]
    shares = dict(zip([code, *others], _CONFIDENCES, strict=False))
    if takes.logprobs == "before_mask":
        shares = {name: share / 2 for name, share in shares.items()}
    found = [(token.replace(code, name), math.log(share)) for name, share in shares.items()]
    words = [("The", math.log(0.4)), ("billing", math.log(0.1))] if takes.logprobs == "before_mask" else []
    return [*sorted([*found, *words], key=lambda each: -each[1]), ("zzz", MASKED)]


def _of_token(token: str, beside: Sequence[tuple[str, float]]) -> dict[str, Any]:
    first = next((share for name, share in beside if name == token), 0.0)
    top = [{"token": name, "logprob": share, "bytes": list(name.encode())} for name, share in beside]
    return {"token": token, "logprob": first, "bytes": list(token.encode()), "top_logprobs": top}
