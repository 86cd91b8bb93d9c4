"""How long another server asks to be left alone."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.retry_after import parse_retry_after

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
        ("Sunday, 22-Nov-26 12:00:30 GMT", 30.0),
        ("Sun Nov 22 12:00:30 2026", 30.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", 1.5),
        ("2.0", 2.0),
        ("0.0000000001", 1e-10),
        ("1.", None),
        (".5", None),
        ("1e3", None),
        ("nan", None),
        ("inf", None),
        ("1." + "9" * 5000, None),
        ("٣", None),
        ("9" * 5000, None),
        ("Sun, 99 Nov 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(value: str, expected: float | None) -> None:
    """Seconds and the three forms of an HTTP-date are understood; anything else says nothing."""
    assert expected == parse_retry_after(value, NOON)


@given(st.text())
def test_no_header_makes_the_reader_fail(value: str) -> None:
    """Whatever a server sends as Retry-After, it is seconds or nothing."""
    actual = parse_retry_after(value, NOON)

    assert actual is None or actual >= 0


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2999, 1, 1)))  # noqa: DTZ001  # hypothesis wants them naive
def test_every_date_is_read_as_the_time_until_then(moment: datetime) -> None:
    """An HTTP-date is as many seconds away as the clock says, and never negative."""
    expected = max(0.0, moment.replace(microsecond=0, tzinfo=UTC).timestamp() - NOON)

    assert expected == parse_retry_after(format_datetime(moment.replace(tzinfo=UTC), usegmt=True), NOON)
