"""The body of a 200: exactly one code of the list, or a fault."""

import json
from typing import Any

import pytest

from classifier.llm.chat.answer import Fault, Found, read_answer
from classifier.llm.types import Usage

CODES = ["A", "B", "AB"]


def body(content: object, finish: str | None = "stop", **more: Any) -> bytes:
    message = {"role": "assistant", "content": content, **more.pop("message", {})}
    return json.dumps({"choices": [{"message": message, "finish_reason": finish}], **more}).encode()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"code":"A"}', "A"),
        ('{\n  "code" : "AB"\n}\n', "AB"),
        ('```json\n{"code": "B"}\n```', "B"),
        ("```\nB\n```", "B"),
        ("A", "A"),
        (' "AB" ', "AB"),
        ("**B**.", "B"),
        ('<think>Not B, {"code":"B"} would be wrong.</think>\n{"code":"A"}', "A"),
        ('{"code":"A","why":"it fits"}', "A"),
        ([{"type": "text", "text": '{"code":'}, {"type": "text", "text": '"A"}'}], "A"),
    ],
)
def test_one_code_is_an_answer_however_it_is_wrapped(content: object, code: str) -> None:
    """Code fences, thoughts and blanks around it are no part of it."""
    outcome = read_answer(body(content), CODES).outcome

    assert isinstance(outcome, Found)
    assert outcome.code == code
    assert outcome.content[outcome.offset :].startswith(code)


@pytest.mark.parametrize(
    "content",
    [
        '{"code":"Z"}',
        '{"code":"a"}',
        '{"code":"A","code":"B"}',
        '{"code":["A"]}',
        '{"code":{"code":"A"}}',
        '{"Code":"A"}',
        '[["code","A"]]',
        '{"code":"A"} or {"code":"B"}',
        '{"code":"A"',
        "A or B",
        "A: billing",
        "The best is A",
        "AA",
        "<think>A",
        "null",
        "{" * 100_000,
        "💸",
    ],
)
def test_everything_else_is_no_label(content: str) -> None:
    """Two codes, other codes and sentences are not interpreted."""
    assert read_answer(body(content), CODES).outcome == Fault("unknown_label")


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (b"<html></html>", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[]", "not_json"),
        (b'{"choices": [{"message": {"content": "A"', "not_json"),
        (b'{"error": {"message": "overloaded"}}', "error_in_answer"),
        (b'{"error": "x", "choices": []}', "error_in_answer"),
        (b"{}", "no_answer"),
        (b'{"choices": []}', "no_answer"),
        (b'{"choices": [null]}', "no_answer"),
        (b'{"choices": [{"text": "A"}]}', "no_answer"),
        (body("A", "content_filter"), "content_filter"),
        (body("A", "length"), "truncated"),
        (body("", "length"), "out_of_room"),
        (body(None), "empty"),
        (body(" \n"), "empty"),
        (body(7), "empty"),
        (body(None, message={"refusal": "I cannot"}), "refusal"),
        (body("A", message={"refusal": "I cannot"}), "refusal"),
        (body(None, message={"tool_calls": [{"function": {"arguments": "A"}}]}), "empty"),
        (body(None, message={"reasoning_content": "A"}), "empty"),
    ],
)
def test_a_200_without_an_answer_is_a_fault(given: bytes, fault: str) -> None:
    """Each kind has its own word."""
    outcome = read_answer(given, CODES).outcome

    assert isinstance(outcome, Fault)
    assert outcome.code == fault


@pytest.mark.parametrize(
    ("given", "usage", "thought"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 2}, Usage(10, 0, 2), 0),
        ({"prompt_tokens": 10, "completion_tokens": 2, "prompt_tokens_details": None}, Usage(10, 0, 2), 0),
        (
            {"prompt_tokens": 10, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 8}},
            Usage(10, 8, 2),
            0,
        ),
        (
            {"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 9}},
            Usage(5, 5, 2),
            0,
        ),
        (
            {"prompt_tokens": 10, "completion_tokens": 30, "completion_tokens_details": {"reasoning_tokens": 25}},
            Usage(10, 0, 30),
            25,
        ),
        ({"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 40}, Usage(10, 0, 30), 0),
        ({"prompt_tokens": 10.0, "completion_tokens": 2}, Usage(10, 0, 2), 0),
        ({"prompt_tokens": 10}, None, 0),
        ({"prompt_tokens": "10", "completion_tokens": 2}, None, 0),
        ({"prompt_tokens": -1, "completion_tokens": 2}, None, 0),
        ({"prompt_tokens": True, "completion_tokens": 2}, None, 0),
        (None, None, 0),
        ([], None, 0),
    ],
)
def test_usage_is_what_the_endpoint_counted_or_unknown(given: object, usage: Usage | None, thought: int) -> None:
    """Reasoning counts, also where only the total shows it; what cannot be a number is not read."""
    read = read_answer(body("A", usage=given), CODES)

    assert (read.usage, read.thought) == (usage, thought)


def test_a_fault_has_its_usage() -> None:
    """What was paid for is known, whatever it was good for."""
    assert read_answer(body("", usage={"prompt_tokens": 3, "completion_tokens": 1}), CODES).usage == Usage(3, 0, 1)


@pytest.mark.parametrize(
    "given",
    [
        {"content": None},
        {"content": [{"token": "A"}]},
        {"content": [{"token": 1, "logprob": -1}]},
        {"content": [{"token": "A", "logprob": "x"}]},
        {"tokens": ["A"], "token_logprobs": [-0.1]},
        [],
        "A",
    ],
)
def test_log_probabilities_of_another_form_are_none(given: object) -> None:
    """The answer stays an answer."""
    document = {"choices": [{"message": {"content": "A"}, "finish_reason": "stop", "logprobs": given}]}

    outcome = read_answer(json.dumps(document).encode(), CODES).outcome

    assert isinstance(outcome, Found)
    assert outcome.tokens == ()
