"""What an endpoint's error says of a request, in the words of real ones, and the next step down."""

import json

import pytest

from classifier.llm.chat.takes import Refused, Takes, blindly_below, lower, refused, request_body, without


def openai(message: str, parameter: str | None = None, code: str | None = None) -> bytes:
    error = {"message": message, "type": "invalid_request_error", "param": parameter, "code": code}
    return json.dumps({"error": error}).encode()


@pytest.mark.parametrize(
    ("body", "step"),
    [
        (
            openai(
                "Unsupported parameter: 'max_tokens' is not supported with this model."
                " Use 'max_completion_tokens' instead.",
                "max_tokens",
                "unsupported_parameter",
            ),
            "limit",
        ),
        (
            openai(
                "Unsupported value: 'temperature' does not support 0 with this model."
                " Only the default (1) value is supported.",
                "temperature",
                "unsupported_value",
            ),
            "temperature",
        ),
        (openai("You are not allowed to request logprobs from this model", None, None), "top_logprobs"),
        (openai("Invalid value for 'top_logprobs': must be at most 5.", "top_logprobs"), "top_logprobs"),
        (
            openai(
                "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
                "response_format",
            ),
            "form",
        ),
        (openai("response_format value as json_schema is enabled only for api versions 2024-08-01-preview"), "form"),
        (openai("This response_format type is unavailable now"), "form"),
        (openai("This model does not support response format `json_schema`."), "form"),
        (openai("'response_format.type' must be 'json_schema' or 'text'"), "form"),
        (openai("Requested sample logprobs of 20, which is greater than max allowed: 5"), "top_logprobs"),
        (openai("System role not supported"), "system_role"),
        (
            b'{"detail":[{"type":"extra_forbidden","loc":["body","logprobs"],"msg":"Extra inputs are not permitted"}]}',
            "top_logprobs",
        ),
        (
            b'{"object":"error","message":"guided decoding is not available","type":"BadRequestError","code":400}',
            "form",
        ),
        (
            openai("litellm.UnsupportedParamsError: openai does not support parameters: ['logprobs']"),
            "top_logprobs",
        ),
        (b'{"error":"failed to parse grammar"}', "form"),
        (openai("Bad request"), ""),
        (b"<html>Bad Request</html>", ""),
        (b"", ""),
        (b"[1]", ""),
    ],
)
def test_what_is_not_taken_is_found_in_the_words_of_real_endpoints(body: bytes, step: str) -> None:
    """By parameter or by message, in any form of error."""
    said = refused(body)

    assert (said.step, said.is_filtered, said.is_too_long) == (step, False, False)


@pytest.mark.parametrize(
    "body",
    [
        openai("The response was filtered due to our content management policy.", "prompt", "content_filter"),
        json.dumps({"error": {"innererror": {"code": "ResponsibleAIPolicyViolation"}, "message": "no"}}).encode(),
        openai("Your request was rejected.", None, "content_policy_violation"),
    ],
)
def test_a_content_filter_is_about_the_ticket(body: bytes) -> None:
    """Nothing is left out of the next request for it."""
    assert refused(body).is_filtered
    assert refused(body).step == ""


@pytest.mark.parametrize(
    "body",
    [
        openai(
            "This model's maximum context length is 4096 tokens. However, you requested 4200 tokens (4000 in the"
            " messages, 200 in the completion). Please reduce max_tokens.",
            "messages",
            "context_length_exceeded",
        ),
        openai("'max_tokens' is too large: 64. This model's maximum context length is 2048 tokens"),
        b'{"error":{"code":400,"message":"it exceeds the available context size","type":"exceed_context_size_error"}}',
    ],
)
def test_a_prompt_that_is_too_long_is_not_taken_for_a_parameter(body: bytes) -> None:
    """Although its message names max_tokens."""
    assert refused(body).is_too_long
    assert refused(body).step == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": "model_not_found"}, "model_not_found"),
        ({"code": 404, "type": "not_found_error"}, "not_found_error"),
        ({"code": "with the ticket's text", "type": None}, ""),
        ({"code": "x" * 65}, ""),
    ],
)
def test_only_short_words_of_an_error_are_kept(error: dict[str, object], code: str) -> None:
    """What it says may quote a ticket."""
    assert refused(json.dumps({"error": {"message": "no", **error}}).encode()) == Refused(code=code)


def test_every_way_down_ends() -> None:
    """Blindly as by name, until nothing is left to leave out but model and messages."""
    takes, steps = Takes(), 0
    while (below := blindly_below(takes)) is not None:
        takes, steps = below, steps + 1

    assert steps == 8
    assert request_body(takes, "m", "p", "u", ["A"]) == {
        "model": "m",
        "messages": [{"role": "user", "content": "p\nu"}],
    }
    assert [without(takes, step) for step in ("form", "top_logprobs", "limit", "temperature", "system_role")] == [
        None
    ] * 5


def test_what_two_calls_have_found_out_is_put_together() -> None:
    """In either order."""
    one, other = Takes(form="text", room=4096), Takes(top_logprobs=5, limit="max_completion_tokens", temperature=False)

    assert lower(one, other) == lower(other, one) == Takes("text", 5, "max_completion_tokens", 4096, temperature=False)
