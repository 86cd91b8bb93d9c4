"""How much the window admits."""

from collections.abc import Collection
from typing import TYPE_CHECKING, cast

from hypothesis import given
from hypothesis import strategies as st

from consumer.categorizer.backpressure import (
    MAX_BYTES,
    MAX_RECORDS,
    PATIENCE_S,
    AnswerRate,
    Backpressure,
    Flow,
    FlowControl,
    Limits,
    Load,
)
from consumer.categorizer.partitions import Partitions
from consumer.kafka.records import TopicPartition
from tests.consumer.categorizer.test_partitions import CREATED, QUEUE, Told

if TYPE_CHECKING:
    from consumer.kafka.consumer import GroupConsumer

LIMITS = Limits(concurrency=16, batch_size=32, deadline_s=30.0)


def _backpressure() -> Backpressure:
    return Backpressure(LIMITS)


def test_the_rate_is_that_of_steady_answers() -> None:
    """After a while of equal seconds the rate is what comes in a second."""
    rate = AnswerRate(0.0)
    for tick in range(1, 301):
        rate.add(5, tick / 10)

    assert round(rate.per_second, 1) == 50.0


def test_the_first_second_counts_in_full() -> None:
    """A new worker does not begin with a rate near nothing, which would keep its window small."""
    rate = AnswerRate(0.0)
    rate.add(80, 0.5)
    rate.add(20, 1.0)

    assert rate.per_second == 100.0


def test_an_outage_makes_the_rate_fall() -> None:
    """Ten seconds without answers leave little of the rate; a long silence leaves next to none."""
    rate = AnswerRate(0.0)
    rate.add(1000, 1.0)
    for second in range(2, 12):
        rate.add(0, float(second))
    after_ten_s = rate.per_second
    rate.add(0, 100.0)

    assert after_ten_s < 150
    assert rate.per_second < 1


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 500)), max_size=50))
def test_the_rate_stays_between_the_slowest_and_the_fastest(steps: list[tuple[float, int]]) -> None:
    """However answers fall, the rate is never negative and never above all of them in one second."""
    rate, now = AnswerRate(0.0), 0.0
    for pause_s, answers in steps:
        now += pause_s
        rate.add(answers, now)

        assert 0 <= rate.per_second <= sum(number for _, number in steps)


def test_it_admits_what_is_cleared_in_half_a_deadline() -> None:
    """The limit grows with the measured rate, and never falls below two rounds of full calls."""
    backpressure = _backpressure()

    assert backpressure.limit(200.0) == 200 * 15
    assert backpressure.limit(0.0) == 2 * 16 * 32


def test_each_of_three_bounds_fills_the_window() -> None:
    """Records, their bytes, and tickets that wait for the model: the first to reach its bound stops consumption."""
    assert _backpressure().update(Load(MAX_RECORDS, 0, 0), 0.0, now=0.0) is Flow.WAITING
    assert _backpressure().update(Load(1, MAX_BYTES, 0), 0.0, now=0.0) is Flow.WAITING
    assert _backpressure().update(Load(1, 1, 1024), 0.0, now=0.0) is Flow.WAITING
    assert _backpressure().update(Load(MAX_RECORDS - 1, MAX_BYTES - 1, 1023), 0.0, now=0.0) is Flow.OPEN


def test_consumption_goes_on_only_when_there_is_room_again() -> None:
    """Once full, the window stays full down to a share of its bound, so that it does not flutter."""
    backpressure = _backpressure()
    waiting = [1024, 1023, 800, 768, 767, 768, 1023, 1024]

    assert [backpressure.update(Load(0, 0, number), 0.0, now=0.0) is Flow.OPEN for number in waiting] == [
        False, False, False, False, True, True, True, False,
    ]  # fmt: skip


def test_partitions_are_paused_only_when_the_window_stays_full() -> None:
    """For a short time it is cheaper not to poll; the time counts anew from each time that it fills."""
    backpressure = _backpressure()
    told = [(0.0, 1024), (0.9, 1024), (1.0, 1024), (1.1, 0), (1.2, 1024), (2.1, 1024), (2.2, 1024)]

    assert [backpressure.update(Load(0, 0, waiting), 0.0, now) for now, waiting in told] == [
        Flow.WAITING, Flow.WAITING, Flow.PAUSED, Flow.OPEN, Flow.WAITING, Flow.WAITING, Flow.PAUSED,
    ]  # fmt: skip


def test_full_partitions_are_paused_and_nothing_is_stopped() -> None:
    """The others are read on; when the whole window is full, all are paused, and afterwards the full ones still."""
    told = Told()
    consumer = cast("GroupConsumer", told)
    flow = FlowControl(consumer, Partitions(consumer, QUEUE[0]), LIMITS, 0.0)
    flow.partitions.add([CREATED, QUEUE])

    def regulate(records: int, now: float, full: Collection[TopicPartition]) -> tuple[bool, set[TopicPartition]]:
        stopped = flow.regulate(Load(records, 0, 0), now, stopped=False, queue=True, full=full)
        return stopped, set(told.paused)

    assert regulate(0, 0.0, {CREATED}) == (False, {CREATED})
    assert regulate(MAX_RECORDS, 0.0, {CREATED}) == (True, {CREATED})
    assert regulate(MAX_RECORDS, PATIENCE_S, {CREATED}) == (True, {CREATED, QUEUE})
    assert regulate(0, PATIENCE_S, {CREATED}) == (False, {CREATED})
    assert regulate(0, PATIENCE_S, ()) == (False, set())
