"""What an endpoint takes of a request, found out by asking: the best first, one step down for each refusal. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from classifier.llm.chat.answer import KEY, document_of

Form: TypeAlias = Literal["json_schema", "json_object", "text"]
_FORMS: tuple[Form, ...] = ("json_schema", "json_object", "text")
_LOGPROBS = (20, 5, 0)
_ROOM = (64, 4096)
"""Tokens of an answer: a code in JSON takes 8. A model that reasons before it answers needs the larger one."""
MOST_OUTPUT_TOKENS = _ROOM[-1]
_LIMITS = ("max_tokens", "max_completion_tokens", "")


class Takes(NamedTuple):
    """What is sent.

    Attributes:
        form: How the answer is bound to the codes.
        top_logprobs: How many alternatives are asked for at each token; 0 asks for no log-probabilities.
        limit: The name of the parameter that bounds the answer; empty for none.
        room: Its value, in tokens.
        temperature: Whether it is set to 0.
        system_role: Whether the prefix is a message of its own. Otherwise it begins the user message.
    """

    form: Form = "json_schema"
    top_logprobs: int = _LOGPROBS[0]
    limit: str = _LIMITS[0]
    room: int = _ROOM[0]
    temperature: bool = True
    system_role: bool = True

    @property
    def most_output_tokens(self) -> int:
        """What an answer may cost at most; without a parameter that bounds it, as much as the larger room."""
        return self.room if self.limit else MOST_OUTPUT_TOKENS


def request_body(takes: Takes, model: str, prefix: str, user: str, codes: Sequence[str]) -> dict[str, Any]:
    """The body of a call."""
    body: dict[str, Any] = {"model": model, "messages": _messages(takes, prefix, user)}
    if takes.temperature:
        body["temperature"] = 0
    if takes.limit:
        body[takes.limit] = takes.room
    if takes.top_logprobs:
        body |= {"logprobs": True, "top_logprobs": takes.top_logprobs}
    if takes.form == "json_schema":
        body["response_format"] = {"type": "json_schema", "json_schema": _schema(codes)}
    elif takes.form == "json_object":
        body["response_format"] = {"type": "json_object"}
    return body


def _messages(takes: Takes, prefix: str, user: str) -> list[dict[str, str]]:
    if not takes.system_role:
        return [{"role": "user", "content": f"{prefix}\n{user}"}]
    return [{"role": "system", "content": prefix}, {"role": "user", "content": user}]


def _schema(codes: Sequence[str]) -> dict[str, Any]:
    answer = {"type": "string", "enum": list(codes)}
    schema = {"type": "object", "properties": {KEY: answer}, "required": [KEY], "additionalProperties": False}
    return {"name": "category", "strict": True, "schema": schema}


class Refused(NamedTuple):
    """What an error says of a request, in our words only.

    Attributes:
        step: The part that the endpoint does not take, by the name of a field of `Takes`; empty where none is named.
        code: The endpoint's own short code, where it is one; for logs.
        is_filtered: Whether a content filter refused the ticket.
        is_too_long: Whether the prompt is longer than the model reads.
    """

    step: str = ""
    code: str = ""
    is_filtered: bool = False
    is_too_long: bool = False


_FILTERED = re.compile(
    r"content_?\s?filter|content_policy|responsible_?ai|content management policy|moderation", re.IGNORECASE
)
_TOO_LONG = re.compile(
    r"context_length|context length|context_window|context window|context size|exceed_context|too many tokens"
    r"|prompt is too long|string_above_max_length|n_ctx",
    re.IGNORECASE,
)
# In this order: a message about logprobs names top_logprobs too.
_NAMED: Mapping[str, re.Pattern[str]] = {
    "limit": re.compile(r"max_tokens|max_completion_tokens", re.IGNORECASE),
    "temperature": re.compile(r"temperature", re.IGNORECASE),
    "top_logprobs": re.compile(r"log_?probs|sample logprobs", re.IGNORECASE),
    "form": re.compile(
        r"response_?format|json_?schema|json_?object|structured|guided|grammar|json mode", re.IGNORECASE
    ),
    "system_role": re.compile(
        r"system (role|message|prompt|instruction)|developer instruction|roles must", re.IGNORECASE
    ),
}
# Behind that an error may quote the request, and the ticket in it.
_MOST_CHARS = 2000
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def refused(body: bytes) -> Refused:
    """What the body of an error says."""
    document = document_of(body)
    error = document.get("error", document) if isinstance(document, dict) else None
    said = (json.dumps(error) if error is not None else body.decode("utf-8", "replace"))[:_MOST_CHARS]
    fields = error if isinstance(error, dict) else {}
    codes = [given for key in ("code", "type") if isinstance(given := fields.get(key), str)]
    code = next(filter(_CODE.fullmatch, codes), "")
    if _FILTERED.search(said):
        return Refused(code=code, is_filtered=True)
    if _TOO_LONG.search(said):
        return Refused(code=code, is_too_long=True)
    parameter = fields.get("param")
    for text in (parameter if isinstance(parameter, str) else "", said):
        for step, pattern in _NAMED.items():
            if pattern.search(text):
                return Refused(step, code)
    return Refused(code=code)


def without(takes: Takes, step: str) -> Takes | None:
    """One step down in one part; None where there is no lower one."""
    match step:
        case "form" if lower := _next(_FORMS, takes.form):
            return takes._replace(form=lower)
        case "top_logprobs" if takes.top_logprobs:
            return takes._replace(top_logprobs=next(number for number in _LOGPROBS if number < takes.top_logprobs))
        case "limit" if takes.limit:
            return takes._replace(limit=_LIMITS[_LIMITS.index(takes.limit) + 1])
        case "temperature" if takes.temperature:
            return takes._replace(temperature=False)
        case "system_role" if takes.system_role:
            return takes._replace(system_role=False)
        case _:
            return None


def _next(forms: Sequence[Form], form: Form) -> Form | None:
    following = forms[forms.index(form) + 1 :]
    return following[0] if following else None


def with_more_room(takes: Takes) -> Takes | None:
    """The same with room for reasoning; None where there is no more."""
    return takes._replace(room=_ROOM[-1]) if takes.room < _ROOM[-1] and takes.limit else None


def lower(one: Takes, other: Takes) -> Takes:
    """What both take: two calls at once may each have found something out."""
    return Takes(
        form=max(one.form, other.form, key=_FORMS.index),
        top_logprobs=min(one.top_logprobs, other.top_logprobs),
        limit=max(one.limit, other.limit, key=_LIMITS.index),
        room=max(one.room, other.room),
        temperature=one.temperature and other.temperature,
        system_role=one.system_role and other.system_role,
    )


def blindly_below(takes: Takes) -> Takes | None:
    """The next thing to leave out where an error does not say what is not taken; the least needed goes first."""
    steps = ("top_logprobs", "form", "limit", "temperature", "system_role")
    return next((below for step in steps if (below := without(takes, step)) is not None), None)
