"""Each call is written down before it is made, and counted exactly."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.llm.ledger import Ledger, LedgerError
from classifier.llm.metering import Bounds, LedgerMeter, is_without_work, public_address
from classifier.llm.prices import Prices, money, nano
from classifier.llm.types import Meter, Refusal, Usage

NOW = datetime(2026, 11, 30, 12, 0, 0, tzinfo=UTC)
PRICES = Prices(money("1"), money("4"), money("0.1"))
URL = "https://user:secret@llm.example:8443/v1/chat/completions?api-key=secret#part"


def opened(path: Path, budget: str = "0", per_minute: int = 0, model: str = "small") -> LedgerMeter:
    return LedgerMeter(path, URL, model, PRICES, 10, Bounds(nano(money(budget)), per_minute))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite"


@pytest.fixture
def meter(path: Path) -> Iterator[LedgerMeter]:
    made = opened(path)
    yield made
    made.close()


def refused(found: int | Refusal) -> tuple[str, float]:
    assert isinstance(found, Refusal)
    return found.reason, round(found.retry_after_s, 3)


def reserved(meter: Meter, tokens: int = 100, now: datetime = NOW) -> int:
    number = meter.reserve(tokens, now)
    assert isinstance(number, int), number
    return number


def test_what_the_endpoint_counted_takes_the_place_of_the_estimate(meter: LedgerMeter, path: Path) -> None:
    before = meter.ledger.spent_nano(NOW)
    number = reserved(meter)
    between = meter.ledger.spent_nano(NOW)
    usage = meter.settle(number, Usage(90, 40, 3), "answered", {}, NOW)
    meter.close()

    ledger = Ledger(path)

    assert (before, between) == (0, 100 * 1000 + 10 * 4000)
    assert usage[:3] == (90, 40, 3)
    assert usage.cost == pytest.approx(66e-6)
    assert ledger.spent_nano(NOW) == 50 * 1000 + 40 * 100 + 3 * 4000
    assert ledger.days() == [
        ("2026-11-30", "https://llm.example:8443/v1/chat/completions", "small", 1, 90, 40, 3, 66_000, 0, 0, 0)
    ]
    ledger.close()


def test_no_secret_of_the_address_is_written(meter: LedgerMeter, path: Path) -> None:
    meter.settle(reserved(meter), None, "timeout", {}, NOW)
    meter.close()

    assert b"secret" not in b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert public_address("http://[::1]:11434/v1/") == "http://[::1]:11434/v1"


@pytest.mark.parametrize("outcome", ["unreachable", "401", "http_403", "404", "429"])
def test_a_call_that_was_refused_before_any_work_costs_nothing(meter: LedgerMeter, outcome: str) -> None:
    usage = meter.settle(reserved(meter), None, outcome, {}, NOW)

    assert usage == Usage()
    assert meter.ledger.spent_nano(NOW) == 0
    assert [(day.calls, day.refused_calls, day.estimated_calls) for day in meter.ledger.days()] == [(1, 1, 0)]


@pytest.mark.parametrize("outcome", ["timeout", "cut", "400", "408", "500", "http_502", "garbled", ""])
def test_a_call_of_which_nobody_knows_counts_at_its_estimate(meter: LedgerMeter, outcome: str) -> None:
    """Azure charges for 400 of its filter; a gateway may fail after the model has worked."""
    usage = meter.settle(reserved(meter), None, outcome, {}, NOW)

    assert not is_without_work(outcome)
    assert usage[:3] == (100, 0, 10)
    assert usage.cost == pytest.approx(140e-6)
    assert meter.ledger.spent_nano(NOW) == 140_000
    assert [(day.cost_nano, day.estimated_calls, day.estimated_nano) for day in meter.ledger.days()] == [
        (0, 1, 140_000)
    ]


def test_a_call_is_settled_once(meter: LedgerMeter) -> None:
    number = reserved(meter)
    for _ in range(2):
        meter.settle(number, Usage(90, 0, 1), "answered", {}, NOW)
    meter.settle(number + 1000, Usage(90, 0, 1), "answered", {}, NOW)

    assert [(day.calls, day.input_tokens) for day in meter.ledger.days()] == [(1, 90)]


def test_a_reservation_that_was_never_settled_counts_on(path: Path) -> None:
    """A process that died has made a call, or not: its estimate stays, also in the report."""
    first = opened(path)
    reserved(first)
    first.close()

    second = opened(path, budget="0.00020")

    assert refused(second.reserve(100, NOW)) == ("budget_spent", 300.0)
    assert [(day.calls, day.estimated_calls, day.estimated_nano) for day in second.ledger.days()] == [(1, 1, 140_000)]
    second.close()


def test_the_budget_is_that_of_all_models_on_the_ledger(path: Path) -> None:
    """Another model's calls are paid from the same purse."""
    other, meter = opened(path, model="large"), opened(path, budget="0.00028")
    other.settle(reserved(other), Usage(90, 0, 10), "answered", {}, NOW)

    assert isinstance(meter.reserve(100, NOW), int)
    assert refused(meter.reserve(100, NOW)) == ("budget_spent", 300.0)
    other.close()
    meter.close()


def test_a_budget_is_that_of_a_day_in_utc(path: Path) -> None:
    """It is spent until midnight in UTC, wherever the server stands; the last seconds name the wait exactly."""
    meter = opened(path, budget="0.00015")
    night = datetime(2026, 12, 1, 0, 59, 50, tzinfo=timezone(timedelta(hours=1)))
    reserved(meter, now=night)

    assert refused(meter.reserve(100, night)) == ("budget_spent", 10.0)
    assert isinstance(meter.reserve(100, night + timedelta(seconds=10)), int)
    assert [day.day for day in meter.ledger.days()] == ["2026-11-30", "2026-12-01"]
    meter.close()


def test_a_call_that_ends_after_midnight_counts_on_the_day_of_its_beginning(meter: LedgerMeter) -> None:
    number = reserved(meter, now=NOW)
    meter.settle(number, Usage(1, 0, 1), "answered", {}, NOW + timedelta(days=1))

    assert [day.day for day in meter.ledger.days()] == ["2026-11-30"]


def test_a_call_that_exceeds_its_estimate_makes_the_next_estimates_larger(path: Path) -> None:
    """A model that thinks longer than it may is paid for that: the day's next calls are taken for such ones."""
    meter = opened(path, budget="0.001")
    meter.settle(reserved(meter), Usage(100, 0, 110), "answered", {}, NOW)

    assert meter.ledger.spent_nano(NOW) == 540_000
    assert refused(meter.reserve(100, NOW)) == ("budget_spent", 300.0)
    meter.close()


def test_thousands_of_small_amounts_make_their_exact_sum(path: Path) -> None:
    """Floats would have drifted: 300 times some ten-millionths."""
    prices = Prices(money("0.1"), money("0.7"), money("0.003"))
    meter = LedgerMeter(path, URL, "small", prices, 10)
    for n in range(300):
        meter.settle(reserved(meter), Usage(90 + n % 7, n % 11, 1), "answered", {}, NOW)
    exact = sum(
        (
            (Decimal("0.1") * (90 + n % 7 - n % 11) + Decimal("0.003") * (n % 11) + Decimal("0.7")) * 1000
            for n in range(300)
        ),
        Decimal(0),
    )

    assert meter.ledger.spent_nano(NOW) == exact
    meter.close()


def test_calls_per_minute_hold_for_all_processes_on_one_ledger(path: Path) -> None:
    """A sliding window: a call may be made when the oldest one is a minute old."""
    one, two = opened(path, per_minute=3), opened(path, per_minute=3)
    for second, meter in enumerate([one, two, one]):
        reserved(meter, now=NOW + timedelta(seconds=second))

    assert refused(two.reserve(1, NOW + timedelta(seconds=20))) == ("calls_per_minute", 40.0)
    assert isinstance(two.reserve(1, NOW + timedelta(seconds=60)), int)
    assert refused(one.reserve(1, NOW + timedelta(seconds=60))) == ("calls_per_minute", 1.0)
    one.close()
    two.close()


def test_what_one_process_was_told_another_one_obeys(path: Path) -> None:
    """The endpoint counts all of us together."""
    one, two, other_model = opened(path), opened(path), opened(path, model="large")
    headers = {"X-RateLimit-Remaining-Requests": "1", "X-RateLimit-Reset-Requests": "6m0s"}
    one.settle(reserved(one), Usage(1, 0, 1), "answered", headers, NOW)

    assert isinstance(two.reserve(1, NOW), int)
    assert refused(one.reserve(1, NOW)) == ("rate_limited", 360.0)
    assert isinstance(other_model.reserve(1, NOW), int)
    for meter in (one, two, other_model):
        meter.close()


def test_a_retry_after_holds_over_a_restart(path: Path) -> None:
    first = opened(path)
    first.settle(reserved(first), None, "429", {"Retry-After": "30"}, NOW)
    first.close()

    second = opened(path)

    assert refused(second.reserve(1, NOW + timedelta(seconds=10))) == ("rate_limited", 20.0)
    second.close()


def test_threads_share_one_meter(path: Path) -> None:
    """Sixteen threads, and a budget for exactly forty calls at their estimates."""
    meter = opened(path, budget="0.0056")

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: meter.reserve(100, NOW), range(100)))

    assert sum(isinstance(one, int) for one in found) == 40
    assert meter.ledger.spent_nano(NOW) == nano(money("0.0056"))
    meter.close()


calls = st.tuples(
    st.integers(1, 1000),
    st.integers(0, 1200),
    st.integers(0, 12),
    st.sampled_from(["answered", "429", "timeout", "dead"]),
)


@settings(max_examples=20, deadline=None)
@given(st.lists(calls, max_size=25), st.integers(1, 8))
def test_whatever_is_asked_the_ledger_is_the_sum_of_what_was_counted(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[int, int, int, str]], thousandths: int
) -> None:
    """Compared with a list: endpoints count more than the estimate, refuse, or say nothing, and processes die."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    budget = Decimal(thousandths) / 1000
    meters = [opened(path, budget=str(budget)) for _ in range(2)]
    counted: list[int] = []
    unknown: list[int] = []
    excess = 0
    for number, (tokens, input_tokens, output_tokens, outcome) in enumerate(made):
        most = tokens * 1000 + 40_000 + excess
        left = nano(budget) - sum(counted) - sum(unknown)
        found = meters[number % 2].reserve(tokens, NOW)
        assert isinstance(found, int) == (most <= left)
        if not isinstance(found, int):
            continue
        if outcome == "answered":
            usage = meters[number % 2].settle(found, Usage(input_tokens, 0, output_tokens), outcome, {}, NOW)
            counted.append(input_tokens * 1000 + output_tokens * 4000)
            excess = max(excess, counted[-1] - most + excess)
            assert nano(Decimal(str(usage.cost))) == counted[-1]
        elif outcome != "429":
            unknown.append(most)
        if outcome in {"429", "timeout"}:
            meters[number % 2].settle(found, None, outcome, {}, NOW)

    days = meters[0].ledger.days()
    assert sum(day.cost_nano for day in days) == sum(counted)
    assert sum(day.estimated_nano for day in days) == sum(unknown)
    assert sum(day.estimated_calls for day in days) == len(unknown)
    for meter in meters:
        meter.close()


def test_a_moment_without_time_zone_is_refused(meter: LedgerMeter) -> None:
    with pytest.raises(ValueError, match="time zone"):
        meter.reserve(1, NOW.replace(tzinfo=None))


def test_a_damaged_file_is_named_with_the_mend(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database, and long enough to be none" * 100)

    with pytest.raises(LedgerError, match=r"ledger\.sqlite cannot be used: it is no ledger.* move it away"):
        opened(path)


def test_another_programs_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE theirs (x)")
    db.close()

    with pytest.raises(LedgerError, match="database of another program"):
        opened(path)


def test_a_ledger_of_another_format_is_left_alone(path: Path) -> None:
    opened(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()

    with pytest.raises(LedgerError, match="format 99"):
        opened(path)


def test_a_folder_in_the_files_place_is_named(path: Path) -> None:
    path.mkdir(parents=True)

    with pytest.raises(LedgerError, match="may not be opened or made"):
        opened(path)


def test_a_file_in_the_folders_place_is_named(path: Path) -> None:
    path.parent.write_text("")

    with pytest.raises(LedgerError, match="cannot be used"):
        opened(path)


def test_no_call_is_written_into_a_ledger_that_was_removed(meter: LedgerMeter, path: Path) -> None:
    """The next process would begin at 0 beside it."""
    path.unlink()

    with pytest.raises(LedgerError, match="was removed or replaced"):
        meter.reserve(1, NOW)


_FULL_DISK = """
import resource, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from tests.classifier.llm.test_ledger import NOW, opened
from classifier.llm.ledger import LedgerError
from classifier.llm.types import Usage
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
meter = opened(Path(sys.argv[1]))
number = meter.reserve(100, NOW)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
usage = meter.settle(number, Usage(90, 0, 1), "answered", {}, NOW)
try:
    meter.reserve(100, NOW)
except LedgerError as error:
    print(usage.output_tokens, error)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
meter.reserve(100, NOW)
print([(day.calls, day.cost_nano, day.estimated_calls) for day in meter.ledger.days()])
"""


def test_without_room_no_call_is_made_and_none_is_forgotten(path: Path) -> None:
    """The answer that was paid for stays, the next call is refused by name; with room again both are in the ledger."""
    done = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    logged, first, last = done.stdout.splitlines()

    assert first.startswith(f"1 the ledger {path} cannot be used: its disk is full")
    assert last == "[(2, 94000, 1)]"
    assert "llm.ledger_unwritten" in logged


_READ_ONLY = """
import os, sys
from pathlib import Path
from classifier.llm.ledger import Ledger, LedgerError
if os.geteuid() == 0:
    os.setuid(65534)
try:
    Ledger(Path(sys.argv[1]))
except LedgerError as error:
    print(error)
"""


def test_a_file_that_may_not_be_written_is_named(path: Path) -> None:
    """As it is when the service runs as another user than the one who made the file."""
    opened(path).close()
    path.chmod(0o444)
    path.parent.chmod(0o555)
    # For the other user's sake, up to pytest's own folder.
    for folder in path.parents[1:4]:
        folder.chmod(0o755)

    done = subprocess.run(
        [sys.executable, "-c", _READ_ONLY, str(path)], capture_output=True, text=True, check=True, timeout=60
    )

    assert "let this user write the file and its folder" in done.stdout
