"""How many calls an endpoint takes."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.llm.limits import (
    LONGEST_WAIT_S,
    Left,
    Standing,
    Window,
    after_reply,
    after_reserving,
    own_refusal,
    parse_reset,
    read_standing,
    refusal,
)
from classifier.llm.types import Refusal

NOW = datetime(2026, 11, 30, 12, 0, 0, tzinfo=UTC)
S = NOW.timestamp()


def waits(found: Refusal | None) -> tuple[str, float]:
    """The reason, and the seconds as far as floats tell moments since 1970 apart."""
    assert found is not None
    return found.reason, round(found.retry_after_s, 3)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("20ms", 0.02),
        ("1h2m3.5s", 3723.5),
        ("1d", 86400.0),
        ("250µs", 0.00025),
        ("12", 12.0),
        ("0.5", 0.5),
        ("0", 0.0),
        (str(int(S) + 30), 30.0),
        (str((int(S) + 30) * 1000), 30.0),
        ("2026-11-30T12:00:30Z", 30.0),
        ("2026-11-30T13:00:30+01:00", 30.0),
        ("2026-11-30T12:00:30.500Z", 30.5),
        ("2026-11-30T11:00:00Z", 0.0),
        (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("6m0", None),
        ("m", None),
        ("nan", None),
        ("٣s", None),
        ("9" * 400, None),
    ],
)
def test_a_reset_is_read_in_all_its_forms(text: str, seconds: float | None) -> None:
    assert parse_reset(text, S) == (None if seconds is None else pytest.approx(seconds))


@given(st.text())
def test_no_reset_makes_the_reader_fail(text: str) -> None:
    seconds = parse_reset(text, S)

    assert seconds is None or seconds >= 0


NAMES = (
    "Retry-After",
    "retry-after-ms",
    *(f"X-RateLimit-{which}" for which in ("Remaining-requests", "Reset-Requests")),
)
VALUES = st.text() | st.integers().map(str) | st.sampled_from(["6m0s", "1e9", "inf", "0"])


@given(st.dictionaries(st.sampled_from(NAMES), VALUES), st.integers(0, 10**6))
def test_no_headers_silence_an_endpoint_for_more_than_an_hour(headers: dict[str, str], tokens: int) -> None:
    """Whatever they say, they are read, and the wait is a finite one."""
    found = refusal(read_standing(headers, S), tokens, S)

    assert found is None or 0 < found.retry_after_s <= LONGEST_WAIT_S + 0.001


@pytest.mark.parametrize(
    "headers",
    [
        {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"},
        {"X-RateLimit-Remaining-Requests": "0", "X-RateLimit-Reset-Requests": "360"},
        {"x-ratelimit-remaining-tokens": "99", "x-ratelimit-reset-tokens": "6m0s"},
        {"anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": "2026-11-30T12:06:00Z"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(S) + 360)},
        {"retry-after": "360"},
        {"Retry-After": "Mon, 30 Nov 2026 12:06:00 GMT"},
        {"retry-after-ms": "360000", "retry-after": "1"},
    ],
)
def test_a_call_waits_for_what_the_headers_name(headers: dict[str, str]) -> None:
    """A call of 100 tokens that the endpoint would refuse is not made until the reset, and is made then."""
    standing = read_standing(headers, S)

    assert waits(refusal(standing, 100, S)) == ("rate_limited", 360.0)
    assert refusal(standing, 100, S + 360.001) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "6m0s"},
        {"x-ratelimit-remaining-tokens": "100", "x-ratelimit-reset-tokens": "6m0s"},
        {"x-ratelimit-remaining-requests": "-1", "x-ratelimit-reset-requests": "0"},
        {"x-ratelimit-remaining-requests": "many", "x-ratelimit-reset-requests": "6m0s"},
        {"retry-after": "later"},
    ],
)
def test_a_call_is_made_where_room_is_left_or_nothing_is_known(headers: dict[str, str]) -> None:
    assert refusal(read_standing(headers, S), 100, S) is None


def test_without_a_reset_an_exhausted_endpoint_is_asked_again_after_a_second() -> None:
    standing = read_standing({"x-ratelimit-remaining-requests": "0"}, S)

    assert waits(refusal(standing, 1, S)) == ("rate_limited", 1.0)


def test_calls_under_way_are_taken_off_what_is_left() -> None:
    """Of five calls three are under way, and two were made since: a sixth would hurt."""
    said = Standing(Left(5, S, S + 60), Left(1000, S, S + 60))
    standing = after_reply(Standing(), said, open_calls=3, open_tokens=300)
    for _ in range(2):
        assert refusal(standing, 100, S) is None
        standing = after_reserving(standing, 100)

    assert waits(refusal(standing, 100, S)) == ("rate_limited", 60.0)


def bucket(remaining: int, reset: str) -> dict[str, str]:
    return {
        "x-ratelimit-limit-tokens": "60000",
        "x-ratelimit-remaining-tokens": str(remaining),
        "x-ratelimit-reset-tokens": reset,
    }


def test_a_bucket_that_fills_bit_by_bit_is_waited_for_as_long_as_the_call_needs() -> None:
    """OpenAI's: of 60,000 tokens a minute 500 are left, so that a call of 3,500 can be made in three seconds."""
    standing = read_standing(bucket(500, "59.5s"), S)

    assert waits(refusal(standing, 3500, S)) == ("rate_limited", 3.0)
    assert refusal(standing, 3500, S + 3.001) is None
    assert waits(refusal(after_reserving(standing, 3500), 3500, S + 3.0)) == ("rate_limited", 3.5)
    assert waits(refusal(standing, 10**6, S)) == ("rate_limited", 59.5)


def test_a_window_is_waited_for_to_its_end() -> None:
    """Its reset has nothing to do with what is left."""
    assert waits(refusal(read_standing(bucket(500, "20s"), S), 3500, S)) == ("rate_limited", 20.0)


def test_a_limit_that_is_used_up_at_first_sight_is_a_window() -> None:
    """It may be one that was used up at once; what was seen to fill before is a bucket when it is empty, too."""
    empty = read_standing(bucket(0, "1m0s"), S)
    seen = after_reply(Standing(), read_standing(bucket(30000, "30s"), S), 0, 0)

    assert waits(refusal(after_reply(Standing(), empty, 0, 0), 3000, S)) == ("rate_limited", 60.0)
    assert waits(refusal(after_reply(seen, empty, 0, 0), 3000, S)) == ("rate_limited", 3.0)


def test_a_later_reply_that_says_nothing_forgets_nothing() -> None:
    known = Standing(Left(0, S, S + 60), None, S + 30)

    assert after_reply(known, Standing(), 0, 0) == known


def test_a_clock_that_was_set_back_silences_no_endpoint() -> None:
    """What was written under the other clock is not believed."""
    standing = read_standing({"retry-after": "60"}, S)

    assert refusal(standing, 1, S - 86400) is None


def test_our_own_limit_waits_until_the_oldest_call_is_a_minute_old() -> None:
    assert own_refusal(Window(10, S - 45), 10, S) == Refusal("calls_per_minute", 15.0)
    assert own_refusal(Window(9, S - 45), 10, S) is None
    assert own_refusal(Window(10**6, S), 0, S) is None
