"""What is counted beside the loops: partitions, producers, the breaker."""

from prometheus_client import REGISTRY

from consumer.guards.breaker_state import BreakerState
from consumer.kafka.transactions import Outcome
from consumer.monitoring.metrics import PartitionCounts, producers_counted, set_breaker_state, transaction_ended


def _value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"ticketstream_{name}", labels) or 0.0


def test_partitions_that_went_are_shown_no_longer() -> None:
    """Each topic's are those that the worker has now; each event counts once."""
    counts = PartitionCounts("partitions-0")
    before = [_value("rebalances_total", event=event) for event in ("assigned", "revoked")]
    counts.changed("assigned", [("a", 0), ("a", 1), ("b", 0)])
    had = [_value("assigned_partitions", worker="partitions-0", topic=topic) for topic in "ab"]
    counts.changed("revoked", [("a", 1)])
    has = [_value("assigned_partitions", worker="partitions-0", topic=topic) for topic in "ab"]
    events = [_value("rebalances_total", event=event) for event in ("assigned", "revoked")]

    assert (had, has) == ([2, 1], [1, 0])
    assert events == [before[0] + 1, before[1] + 1]


def test_the_first_producer_is_not_one_made_anew() -> None:
    """Those after it are."""
    before = _value("producers_recycled_total")
    make = producers_counted(str)
    made = [make(number) for number in range(3)]

    assert made == ["0", "1", "2"]
    assert _value("producers_recycled_total") - before == 2


def test_only_what_was_committed_has_a_size() -> None:
    """An aborted transaction wrote nothing."""
    outcomes = ("committed", "aborted", "in_doubt")
    before = [_value("transactions_total", outcome=outcome) for outcome in outcomes]
    records = _value("transaction_records_sum")
    for outcome in Outcome:
        transaction_ended(outcome, 40)

    assert [_value("transactions_total", outcome=outcome) for outcome in outcomes] == [each + 1 for each in before]
    assert _value("transaction_records_sum") - records == 40


def test_a_breaker_is_in_one_state() -> None:
    """Half-open is not closed; the older metric says so too."""
    shown = []
    for state in (BreakerState.OPEN, BreakerState.HALF_OPEN, BreakerState.CLOSED):
        set_breaker_state(state)
        shown.append([_value("breaker_state", state=each.value) for each in BreakerState] + [_value("breaker_open")])

    assert shown == [[0, 1, 0, 1], [0, 0, 1, 1], [1, 0, 0, 0]]
