"""Times as exports write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.files.times import Order, epoch_ms, order_of

TEN = datetime(2026, 11, 29, 10, tzinfo=UTC)
TEN_MS = int(TEN.timestamp() * 1000)
AN_HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    "text",
    [
        "1795946400", "1795946400.0", "1795946400000", "1795946400000000", " 1795946400 ",
        "2026-11-29T10:00:00Z", "2026-11-29T10:00:00.000+0000", "2026-11-29t10:00:00.000000000z", "2026-11-29 10:00:00",
        "2026-11-29 10:00", "2026-11-29 10:00:00 UTC", "2026-11-29 11:00:00 +0100", "2026-11-29T05:00:00-05:00",
        "2026-11-29 10:00:00+00", "2026/11/29 10:00", "2026.11.29 10:00:00",
        "29/11/2026 10:00", "29/11/2026, 10:00:00", "29-11-2026 10:00", "29.11.2026 10:00", "29/11/26 10:00",
        "11/29/2026 10:00 AM", "11/29/2026 10:00:00 a.m.", "29/11/2026 10:00 a.\u00a0m.", "11/29/26 10:00am",
        "29/Nov/26 10:00 AM", "29/nov./2026 10:00", "29 Nov 2026 10:00", "29-Nov-2026 10:00:00",
        "29th November 2026 10:00",
        "29 de noviembre de 2026, 10:00", "domingo, 29 de noviembre de 2026 10:00", "Nov 29, 2026 10:00 AM",
        "November 29, 2026, 10:00\u202fAM", "Nov 29, 2026 at 10:00 AM", "Sun, Nov 29, 2026 10:00 AM",
        "Sun, 29 Nov 2026 10:00:00 +0000", "Sun, 29 Nov 2026 05:00:00 EST", "Sun Nov 29 10:00:00 2026",
        "Sun Nov 29 10:00:00 UTC 2026", "Sun Nov 29 10:00:00 +0000 2026",
        "Sun Nov 29 2026 11:00:00 GMT+0100 (Central European Standard Time)", "2026-11-29 11:00 CET",
    ],
)  # fmt: skip
def test_times_are_read_as_people_and_programs_write_them(text: str) -> None:
    """Each of these is the same moment."""
    assert epoch_ms(text, None) == TEN_MS


@pytest.mark.parametrize(
    "text",
    [
        "", "yes", "12:30", "2026-13-01", "2026-11-31", "29/11/2026 24:30", "29/13/2026", "11/29/2026 13:00 PM", "1e12",
        "2026-11-29 10:00 XYZ", "2026-11-29T10:00:00+99:00", "30 Febrero 2026", "29 No 2026",
        "0001-01-01T00:00:00+23:00", "9" * 30, "2026-11-29 to 2026-11-30",
    ],
)  # fmt: skip
def test_what_is_no_time_is_none(text: str) -> None:
    """Nothing is guessed from a text that is no time of day."""
    assert epoch_ms(text, None) is None


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("99999999999", 99_999_999_999_000),
        ("100000000000", 100_000_000_000),
        ("99999999999999", 99_999_999_999_999),
        ("100000000000000", 100_000_000_000),
        ("1795946400.1239", 1_795_946_400_123),
        ("-1", -1000),
        ("0", 0),
    ],
)
def test_a_number_is_seconds_milliseconds_or_microseconds_by_its_size(text: str, ms: int) -> None:
    """Below 1e11 seconds, below 1e14 milliseconds, else microseconds."""
    assert epoch_ms(text, None) == ms


@given(st.datetimes(datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2099-12-31")), st.integers(-840, 840))
def test_every_time_of_rfc_3339_comes_back(moment: datetime, offset_min: int) -> None:
    """Fractions are cut to milliseconds, offsets are taken into account."""
    sign, size = "-" if offset_min < 0 else "+", abs(offset_min)
    text = f"{moment.isoformat()}{sign}{size // 60:02}:{size % 60:02}"
    since = moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC) - timedelta(minutes=offset_min)

    assert epoch_ms(text, None) == since // timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("29/11/2026 10:00", "dmy"), ("11/29/2026 10:00 AM", "mdy"), ("05/11/2026", "either"), ("05/05/2026", None),
        ("05.11.2026", None), ("2026-11-05", None), ("5 Nov 2026", None), ("1795946400", None), ("13/13/2026", None),
        ("32/11/2026", None), ("hello", None),
    ],
)  # fmt: skip
def test_a_number_above_twelve_is_a_day(text: str, order: str | None) -> None:
    """It says in which order day and month stand; equal ones, points and names of months say nothing."""
    assert order_of(text) == order


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("05/11/2026", "dmy", datetime(2026, 11, 5, tzinfo=UTC)),
        ("05/11/2026", "mdy", datetime(2026, 5, 11, tzinfo=UTC)),
        ("05.11.2026", "mdy", datetime(2026, 11, 5, tzinfo=UTC)),
        ("05/11/2026", None, None),
        ("29/11/2026", "mdy", None),
    ],
)
def test_the_order_decides_dates_that_can_be_read_both_ways(
    text: str, order: Order | None, day: datetime | None
) -> None:
    """Without an order they are no times, and against the order neither."""
    assert epoch_ms(text, order) == (int(day.timestamp() * 1000) if day else None)
