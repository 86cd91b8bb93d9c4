"""When a worker is stuck, and what keeps the service from its work."""

import pytest

from consumer.service.health import STUCK_AFTER_S, Health
from consumer.service.part_states import PATIENCE_S, UNASSIGNED_S, Seen

NOW_S = 1_763_842_000.0
LONG_AGO_S = NOW_S - 3600
NOTHING = Seen()
# A part that is down, as the workers say it; whether the service is ready all the same.
DOWN = {
    "kafka": (Seen(waits={("a", "kafka"): NOW_S - PATIENCE_S}), "waiting", False),
    "assignment": (Seen(waits={("a", "assignment"): NOW_S - UNASSIGNED_S}), "rebalancing", False),
    "model": (Seen(breaker_open=True), "down", True),
    "clickhouse": (Seen(unstored=["a"]), "down", False),
    "registry": (Seen(unregistered=["a"]), "down", False),
    "taxonomy": (Seen(foreign={"a": "shipping"}), "foreign", False),
}


def _health(seen: Seen, *, unreached: str | None = "", used: tuple[str, ...] = tuple(DOWN)) -> Health:
    return Health(lambda: {"a": True}, lambda: seen, used, lambda: unreached)


def _working(seen: Seen = NOTHING) -> Seen:
    return seen._replace(progress={"a": NOW_S})


def test_a_loop_that_does_not_turn_is_stuck() -> None:
    """Up to a minute without a turn is no reason to restart a service; a longer one is."""
    assert _health(Seen(progress={"a": NOW_S})).live(NOW_S + STUCK_AFTER_S) == {}
    stuck = _health(Seen(progress={"a": NOW_S}))

    assert list(stuck.live(NOW_S + STUCK_AFTER_S + 1)) == ["a"]
    assert stuck.states(NOW_S + STUCK_AFTER_S + 1) == {"a": "stuck"}
    assert list(stuck.document(NOW_S + STUCK_AFTER_S + 1)["problems"]) == ["a"]


@pytest.mark.parametrize("part", ["kafka", "clickhouse", "registry"])
def test_a_loop_that_waits_for_a_server_is_alive(part: str) -> None:
    """For however long: a restart brings no server back."""
    seen = Seen(progress={"a": LONG_AGO_S}, waits={("a", part): LONG_AGO_S})

    assert _health(seen, unreached="no broker answers").live(NOW_S) == {}


def test_what_the_loop_turns_for_explains_no_standstill() -> None:
    """While an assignment is awaited the loop polls, and another worker's wait is its own."""
    for waits in ({("a", "assignment"): LONG_AGO_S}, {("b", "kafka"): LONG_AGO_S}):
        assert list(_health(Seen(progress={"a": LONG_AGO_S}, waits=waits)).live(NOW_S)) == ["a"]


@pytest.mark.parametrize("part", list(DOWN))
def test_a_part_that_is_down_is_told(part: str) -> None:
    """With its state and a reason; alive in each case. The model alone keeps nobody from work: the rules answer."""
    seen, state, ready = DOWN[part]
    health = _health(_working(seen))
    document = health.document(NOW_S)

    assert document["parts"][part]["state"] == state
    assert document["parts"][part]["reason"]
    assert document["ok"] is ready
    assert bool(document["problems"]) is not ready
    assert health.live(NOW_S) == {}
    assert [found["state"] for name, found in document["parts"].items() if name != part] == ["ok"] * 5


def test_brokers_that_do_not_answer_are_told_though_no_worker_notices() -> None:
    """An idle worker polls on; the service asks by itself. Before its first answer nothing is known."""
    down = _health(_working(), unreached="no broker answered").document(NOW_S)

    assert (down["ok"], down["parts"]["kafka"]["state"]) == (False, "down")
    assert down["problems"] == {"kafka": "no broker answered"}
    assert _health(_working(), unreached=None).document(NOW_S)["parts"]["kafka"]["state"] == "starting"


def test_short_waits_and_rebalances_are_everyday() -> None:
    """A commit under way and a group that settles make nothing unready."""
    waits = {("a", "kafka"): NOW_S - PATIENCE_S + 1, ("a", "assignment"): NOW_S - 1}
    document = _health(_working(Seen(waits=waits))).document(NOW_S)

    assert document["ok"]
    assert document["parts"]["kafka"]["state"] == "ok"
    assert document["parts"]["assignment"]["state"] == "rebalancing"


def test_workers_that_start_or_end_are_alive_and_not_ready() -> None:
    """A worker that has made no turn yet is starting, whatever an earlier one of its name did."""
    health = Health(lambda: {"a": False, "b": True, "c": True}, lambda: Seen(progress={"a": LONG_AGO_S, "c": NOW_S}))
    document = health.document(NOW_S)

    assert document["workers"] == {"a": "down", "b": "starting", "c": "ok"}
    assert {worker: document["problems"][worker] for worker in "ab"} == {
        "a": "is not running",
        "b": "has not begun to work",
    }
    assert document["parts"]["assignment"]["state"] == "starting"
    assert health.live(NOW_S) == {}


def test_a_client_that_cannot_go_on_is_alive_and_not_ready() -> None:
    """The problem is the client's; a restart mends nothing."""
    health = _health(_working(Seen(trouble={"a": "refuses answers"})))

    assert health.live(NOW_S) == {}
    assert health.document(NOW_S)["problems"] == {"a": "its Kafka client refuses answers"}
    assert health.states(NOW_S) == {"a": "stuck"}


def test_a_foreign_model_is_named_with_the_setting() -> None:
    """The labels and TAXONOMY_FILE are in the problem."""
    problems = _health(_working(Seen(foreign={"a": "shipping"}))).document(NOW_S)["problems"]

    assert "shipping" in problems["a"]
    assert "TAXONOMY_FILE" in problems["a"]


def test_a_part_that_is_not_used_says_so() -> None:
    """Whatever it would be."""
    document = _health(_working(Seen(unregistered=["a"])), used=("kafka",)).document(NOW_S)

    assert document["ok"]
    assert document["parts"]["registry"]["state"] == "unused"


def test_a_part_says_since_when_it_is_so() -> None:
    """The time of the last change, not of the question."""
    said: list[str | None] = [""]
    health = Health(lambda: {"a": True}, _working, ("kafka",), lambda: said[0])
    health.look(NOW_S)
    said[0] = "no broker answered"
    health.look(NOW_S + 60)

    assert health.document(NOW_S + 90)["parts"]["kafka"]["since"] == "2025-11-22T20:07:40+00:00"
