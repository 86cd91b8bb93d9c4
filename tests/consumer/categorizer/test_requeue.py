"""When provisional answers are asked again."""

from hypothesis import given
from hypothesis import strategies as st

from consumer.categorizer.requeue import FIRST_PAUSE_S, MAX_ASKS, Hysteresis, RequeueSchedule
from consumer.guards.breaker_state import BreakerState
from schemas.position import Position

MAX_PAUSE_S = 30.0
CLOSED, OPEN, HALF_OPEN = BreakerState.CLOSED, BreakerState.OPEN, BreakerState.HALF_OPEN
TICKET, OTHER = Position("ticket-created", 0, 1, 0), Position("ticket-created", 0, 2, 0)
states = st.sampled_from(list(BreakerState))


class Watched(Position):
    """A position that says when nothing holds it any more."""

    gone = False

    def __del__(self) -> None:
        Watched.gone = True


def _reads(
    requeued: RequeueSchedule, state: BreakerState, now: float, *, probe_free: bool = True, live: bool = False
) -> bool:
    return requeued.may_read(state, probe_free=probe_free, live_waiting=live, now=now)


def test_the_queue_is_read_while_the_breaker_is_closed() -> None:
    """Live tickets in flight do not keep the queue waiting; an open breaker does."""
    requeued = RequeueSchedule(MAX_PAUSE_S)

    assert _reads(requeued, CLOSED, 0.0, live=True)
    assert not _reads(requeued, OPEN, 0.0, probe_free=False)


def test_a_quiet_stream_probes_with_the_queue() -> None:
    """Half open, the queue provides the probe when no live ticket does, and only while one is free."""
    requeued = RequeueSchedule(MAX_PAUSE_S)

    assert _reads(requeued, HALF_OPEN, 0.0)
    assert not _reads(requeued, HALF_OPEN, 0.0, live=True)
    assert not _reads(requeued, HALF_OPEN, 0.0, probe_free=False)


def test_each_failure_waits_longer_up_to_the_bound() -> None:
    """1, 2, 4 … seconds and at most RETRY_MAX_DELAY; an answer starts anew."""
    requeued = RequeueSchedule(5.0)
    pauses = []
    now = 0.0
    for _ in range(5):
        requeued.failed([TICKET], OPEN, now)
        pause_s = next(s for s in (1, 2, 4, 5) if _reads(requeued, CLOSED, now + s))
        pauses.append(pause_s)
        now += pause_s
    requeued.answered([TICKET])
    requeued.failed([TICKET], OPEN, now)

    assert pauses == [1, 2, 4, 5, 5]
    assert not _reads(requeued, CLOSED, now + FIRST_PAUSE_S - 0.01)
    assert _reads(requeued, CLOSED, now + FIRST_PAUSE_S)


def test_a_bound_below_the_first_pause_is_that_pause() -> None:
    """RETRY_MAX_DELAY=0 does not make the queue spin."""
    requeued = RequeueSchedule(0.0)
    for _ in range(3):
        requeued.failed([TICKET], CLOSED, 0.0)

    assert not _reads(requeued, CLOSED, 0.99)
    assert _reads(requeued, CLOSED, FIRST_PAUSE_S)


@given(st.lists(states))
def test_only_asks_that_a_healthy_model_failed_count(failures: list[BreakerState]) -> None:
    """An outage, however long, uses up none of a ticket's asks."""
    requeued = RequeueSchedule(MAX_PAUSE_S)
    for state in failures:
        requeued.failed([TICKET], state, 0.0)
    counted = failures.count(CLOSED)

    assert requeued.exhausted(TICKET, 0, CLOSED) == (counted + 1 >= MAX_ASKS)
    assert not requeued.exhausted(OTHER, 0, CLOSED)


def test_asks_before_this_process_count_too() -> None:
    """The queue's header says how often it was asked before; the fifth failure is the last."""
    requeued = RequeueSchedule(MAX_PAUSE_S)

    assert requeued.exhausted(TICKET, MAX_ASKS - 1, CLOSED)
    assert not requeued.exhausted(TICKET, MAX_ASKS - 2, CLOSED)


def test_the_last_ask_is_not_one_that_fell_into_an_outage() -> None:
    """A ticket that failed four times while the model was well does not get its final answer from an outage."""
    requeued = RequeueSchedule(MAX_PAUSE_S)
    for _ in range(MAX_ASKS - 1):
        requeued.failed([TICKET], CLOSED, 0.0)

    assert [requeued.exhausted(TICKET, 0, state) for state in (OPEN, HALF_OPEN, CLOSED)] == [False, False, True]


def test_an_answered_ticket_is_forgotten() -> None:
    """Its count does not pass to a later ask, and memory does not grow with answered tickets."""
    requeued = RequeueSchedule(MAX_PAUSE_S)
    ticket = Watched(*TICKET)
    Watched.gone = False
    for _ in range(MAX_ASKS):
        requeued.failed([ticket], CLOSED, 0.0)
    requeued.answered([TICKET, OTHER])
    del ticket

    assert not requeued.exhausted(TICKET, 0, CLOSED)
    assert Watched.gone


def test_a_full_room_takes_more_when_it_is_half_empty() -> None:
    """Otherwise the queue would be paused and resumed for every single ticket."""
    room = Hysteresis(10)

    assert [room.is_free(waiting) for waiting in (0, 9, 10, 9, 5, 4, 9)] == [
        True,
        True,
        False,
        False,
        False,
        True,
        True,
    ]
