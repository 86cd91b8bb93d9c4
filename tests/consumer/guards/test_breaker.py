"""The circuit breaker."""

import threading
import time

import pytest

from consumer.guards.breaker import Breaker, BreakerChange, BreakerState, Permit
from tests.support.manual_clock import ManualClock

TIMEOUT_S = 300.0


@pytest.fixture(name="clock")
def _clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(name="breaker")
def _breaker(clock: ManualClock) -> Breaker:
    return Breaker("model", threshold=5, timeout_s=TIMEOUT_S, clock=clock)


def begin(breaker: Breaker) -> Permit:
    permit = breaker.acquire()
    assert permit is not None
    return permit


def open_it(breaker: Breaker) -> None:
    for _ in range(5):
        breaker.fail(begin(breaker))


def test_one_blip_under_sixteen_callers_is_one_failure(breaker: Breaker, clock: ManualClock) -> None:
    """Sixteen calls that were all in flight when the last success came, and all fail, do not open it."""
    calls = [begin(breaker) for _ in range(17)]
    breaker.succeed(calls[0])
    for call in calls[1:]:
        breaker.fail(call)

    assert breaker.state(clock.now()) is BreakerState.CLOSED


def test_five_failures_in_a_row_open_it(breaker: Breaker, clock: ManualClock) -> None:
    """The fifth failed call in a row is the last one that is let through."""
    states = []
    for _ in range(5):
        breaker.fail(begin(breaker))
        states.append(breaker.state(clock.now()))

    assert states == [*[BreakerState.CLOSED] * 4, BreakerState.OPEN]
    assert breaker.acquire() is None


def test_after_the_timeout_two_probes_are_let_through(breaker: Breaker, clock: ManualClock) -> None:
    """A third caller is refused until the probes have been answered."""
    open_it(breaker)
    clock.moment += TIMEOUT_S
    would = breaker.would_permit(clock.now())
    permits = [breaker.acquire() for _ in range(3)]

    assert would
    assert [permit is not None for permit in permits] == [True, True, False]


def test_at_low_traffic_a_single_probe_closes_it(breaker: Breaker, clock: ManualClock) -> None:
    """If only one probe was made, its success is enough."""
    open_it(breaker)
    clock.moment += TIMEOUT_S
    breaker.succeed(begin(breaker))

    assert breaker.state(clock.now()) is BreakerState.CLOSED


def test_two_probes_under_way_must_both_succeed(breaker: Breaker, clock: ManualClock) -> None:
    """The first success waits for the second probe, whose failure opens the breaker again."""
    open_it(breaker)
    clock.moment += TIMEOUT_S
    first, second = begin(breaker), begin(breaker)
    breaker.succeed(first)
    between = breaker.state(clock.now())
    breaker.fail(second)

    assert (between, breaker.state(clock.now())) == (BreakerState.HALF_OPEN, BreakerState.OPEN)


def test_a_lost_probe_gives_its_permit_back(breaker: Breaker, clock: ManualClock) -> None:
    """A probe that shutdown or a refused request left without a verdict does not leave the breaker stuck."""
    open_it(breaker)
    clock.moment += TIMEOUT_S
    first, second = begin(breaker), begin(breaker)
    breaker.release(first)
    breaker.release(first)
    third = breaker.acquire()
    breaker.succeed(second)
    waiting = breaker.state(clock.now())
    assert third is not None
    breaker.release(third)

    assert (waiting, breaker.state(clock.now())) == (BreakerState.HALF_OPEN, BreakerState.CLOSED)


def test_a_late_answer_of_an_earlier_state_counts_for_nothing(breaker: Breaker, clock: ManualClock) -> None:
    """A call begun before the breaker opened neither closes nor reopens it."""
    late_success, late_failure = begin(breaker), begin(breaker)
    open_it(breaker)
    breaker.succeed(late_success)
    still_open = breaker.state(clock.now())
    clock.moment += TIMEOUT_S
    breaker.succeed(begin(breaker))
    breaker.trip(late_failure)

    assert (still_open, breaker.state(clock.now())) == (BreakerState.OPEN, BreakerState.CLOSED)


def test_a_trip_opens_it_at_once(breaker: Breaker, clock: ManualClock) -> None:
    """One refusal of all our calls is enough, without any failures before it."""
    breaker.trip(begin(breaker))

    assert breaker.state(clock.now()) is BreakerState.OPEN


def test_a_threshold_of_zero_switches_it_off(clock: ManualClock) -> None:
    """Neither failures nor a trip ever open it."""
    breaker = Breaker("model", threshold=0, clock=clock)
    for _ in range(100):
        breaker.fail(begin(breaker))
    breaker.trip(begin(breaker))

    assert breaker.state(clock.now()) is BreakerState.CLOSED


def test_a_long_retry_after_holds_it_open(breaker: Breaker, clock: ManualClock) -> None:
    """When the failure that opens it came with a longer wait, no probe is sent before that."""
    for _ in range(5):
        breaker.fail(begin(breaker), hold_s=1000.0)
    clock.moment += 999.0
    early = breaker.would_permit(clock.now())
    clock.moment += 1.0

    assert (early, breaker.would_permit(clock.now())) == (False, True)


def test_it_says_when_to_come_back(breaker: Breaker, clock: ManualClock) -> None:
    """While it is open, the time that is left; else nothing, also while only a probe can tell."""
    open_it(breaker)
    clock.moment += 100.0
    opened_s = breaker.retry_after_s(clock.now())
    clock.moment += 250.0
    over_s = breaker.retry_after_s(clock.now())
    breaker.acquire()

    assert (opened_s, over_s, breaker.retry_after_s(clock.now())) == (200.0, 0.0, 0.0)


def test_listeners_hear_of_every_change(breaker: Breaker, clock: ManualClock) -> None:
    """Name, new state, since when, and how many calls had failed; a listener may ask the breaker during the call."""
    heard: list[tuple[BreakerChange, bool]] = []
    breaker.subscribe(lambda change: heard.append((change, breaker.would_permit(clock.now()))))
    open_it(breaker)
    clock.moment += TIMEOUT_S
    breaker.fail(begin(breaker))
    clock.moment += TIMEOUT_S
    breaker.succeed(begin(breaker))

    assert heard == [
        (BreakerChange("model", BreakerState.OPEN, 1_000_000_000, 5), False),
        (BreakerChange("model", BreakerState.HALF_OPEN, 1_300_000_000, 5), True),
        (BreakerChange("model", BreakerState.OPEN, 1_300_000_000, 6), False),
        (BreakerChange("model", BreakerState.HALF_OPEN, 1_600_000_000, 6), True),
        (BreakerChange("model", BreakerState.CLOSED, 1_600_000_000, 0), True),
    ]


def test_a_listener_that_fails_does_not_silence_the_others_for_ever(breaker: Breaker) -> None:
    """Its exception reaches the caller whose call changed the state, and later changes are announced again."""
    heard: list[BreakerState] = []

    def listener(change: BreakerChange) -> None:
        heard.append(change.state)
        if len(heard) == 1:
            raise RuntimeError("listener")

    breaker.subscribe(listener)
    with pytest.raises(RuntimeError, match="listener"):
        breaker.trip(begin(breaker))
    breaker.shut()
    quick = Breaker("quick", threshold=1, timeout_s=0.0)
    quick.subscribe(listener)
    quick.fail(begin(quick))
    begin(quick)

    assert heard == [BreakerState.OPEN, BreakerState.OPEN, BreakerState.HALF_OPEN]


def test_changes_arrive_in_order_from_many_threads() -> None:
    """Changes are announced in the order in which they happened."""
    breaker = Breaker("model", threshold=1, timeout_s=0.0)
    heard: list[BreakerState] = []
    breaker.subscribe(lambda change: heard.append(change.state))

    def work() -> None:
        for number in range(300):
            permit = breaker.acquire()
            if permit is not None:
                breaker.fail(permit) if number % 2 else breaker.succeed(permit)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert heard
    assert all(
        (before, after)
        in {
            (BreakerState.CLOSED, BreakerState.OPEN),
            (BreakerState.OPEN, BreakerState.HALF_OPEN),
            (BreakerState.HALF_OPEN, BreakerState.OPEN),
            (BreakerState.HALF_OPEN, BreakerState.CLOSED),
        }
        for before, after in zip([BreakerState.CLOSED, *heard], heard, strict=False)
    )


@pytest.mark.parametrize("end", ["trip", "shut"])
def test_pauses_end_when_it_opens(end: str) -> None:
    """A pause of minutes between two tries ends at once."""
    breaker = Breaker("model", threshold=5, timeout_s=TIMEOUT_S)
    slept: list[bool] = []
    permits = [begin(breaker) for _ in range(16)]
    sleepers = [
        threading.Thread(target=lambda held=permit: slept.append(breaker.wait(held, 600.0))) for permit in permits
    ]
    for sleeper in sleepers:
        sleeper.start()
    began = time.monotonic()
    if end == "trip":
        breaker.trip(begin(breaker))
    else:
        breaker.shut()
    for sleeper in sleepers:
        sleeper.join(timeout=5.0)

    assert slept == [False] * 16
    assert time.monotonic() - began < 5.0


def test_a_pause_lasts_as_long_as_asked_while_the_permit_stands(breaker: Breaker, clock: ManualClock) -> None:
    """The permit still stands afterwards."""
    stands = breaker.wait(begin(breaker), 12.5)

    assert (stands, clock.moment) == (True, 1012.5)


def test_a_breaker_that_is_shut_stays_shut(breaker: Breaker, clock: ManualClock) -> None:
    """After shutdown nothing is let through, even after the timeout."""
    breaker.shut()
    clock.moment += 1e9

    assert not breaker.would_permit(clock.now())


def test_impossible_settings_are_refused() -> None:
    """Negative numbers have no meaning here."""
    with pytest.raises(ValueError, match="0 or more"):
        Breaker("model", threshold=-1)
