"""The plan of a soak: the same for the same seed, enough of everything, and nothing that nobody could stand."""

from collections import Counter

import pytest

from tests.soak.plan import (
    APACHE,
    BEFORE_BROKER_S,
    FOREIGN,
    KILLS,
    LEARNER,
    SANDBOX,
    SINK,
    SPARED_WORKER,
    WORKERS,
    Allowed,
    Edge,
    Kind,
    kills,
    made,
    steps,
)

FULL_S = 20 * 60.0
SEEDS = range(20)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_repeats_its_plan(seed: int) -> None:
    """The same seed gives the same plan, the next seed a different one."""
    assert made(seed, FULL_S, APACHE) == made(seed, FULL_S, APACHE)
    assert made(seed, FULL_S, APACHE) != made(seed + 1, FULL_S, APACHE)


@pytest.mark.parametrize("allowed", [APACHE, SANDBOX, FOREIGN])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_full_run_kills_a_hundred_times(seed: int, allowed: Allowed) -> None:
    """Whatever the seed and the broker, and every part that may be killed is."""
    plan = made(seed, FULL_S, allowed)
    killed = Counter(fault.victim for fault in plan if fault.kind in KILLS)

    assert kills(plan) >= 100
    assert killed.keys() == {*WORKERS, SINK, LEARNER, "clickhouse", "model", *(["broker"] if allowed is APACHE else [])}
    assert {fault.kind for fault in plan if fault.victim == "broker"} == allowed.broker


@pytest.mark.parametrize("seconds", [120.0, FULL_S])
@pytest.mark.parametrize("seed", SEEDS)
def test_one_worker_and_the_sink_are_spared_in_the_second_half(seed: int, seconds: float) -> None:
    """What is watched there is left alone there, also by what began before."""
    spared = [fault for fault in made(seed, seconds, APACHE) if fault.victim in {SPARED_WORKER, SINK}]

    assert spared
    assert max(fault.ends_s for fault in spared) <= seconds / 2


@pytest.mark.parametrize("seconds", [120.0, FULL_S])
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_hit_while_it_is_down(seed: int, seconds: float) -> None:
    """A part is well again before it is hit again, and all are before the broker is."""
    plan = made(seed, seconds, APACHE)

    assert plan == sorted(plan, key=lambda fault: fault.at_s)
    for index, fault in enumerate(plan):
        for later in plan[index + 1 :]:
            if later.victim in {fault.victim, "broker"}:
                assert fault.ends_s <= later.at_s


@pytest.mark.parametrize("seed", SEEDS)
def test_the_broker_has_time_to_come_back(seed: int) -> None:
    """Nothing is hit shortly before and after the broker is killed, so that its return can be timed."""
    plan = made(seed, FULL_S, APACHE)
    for index, fault in enumerate(plan[:-1]):
        if fault.victim == "broker":
            assert fault.at_s - plan[index - 1].at_s >= BEFORE_BROKER_S - 1e-6
            assert plan[index + 1].at_s - fault.ends_s >= 4.0


@pytest.mark.parametrize("seed", SEEDS)
def test_the_sandboxs_broker_is_spared_what_it_cannot_stand(seed: int) -> None:
    """It loses records when killed, and does not fence a member that was stopped beyond its session."""
    plan = made(seed, FULL_S, SANDBOX)

    assert ("broker", Kind.KILL) not in {(fault.victim, fault.kind) for fault in plan}
    assert max(fault.lasts_s for fault in plan if fault.victim in WORKERS and fault.kind is Kind.STOP) <= 4.0
    assert max(f.lasts_s for f in made(seed, FULL_S, APACHE) if f.victim in WORKERS) > 4.0


def test_steps_begin_and_end_each_fault_in_order_of_time() -> None:
    """Two steps for each fault, its beginning first."""
    plan = made(1, FULL_S, APACHE)
    found = steps(plan)

    assert [step.at_s for step in found] == sorted(step.at_s for step in found)
    assert Counter(step.fault for step in found) == Counter(dict.fromkeys(plan, 2))
    begun = set()
    for step in found:
        if step.edge is Edge.BEGIN:
            begun.add(step.fault)
        assert step.fault in begun
