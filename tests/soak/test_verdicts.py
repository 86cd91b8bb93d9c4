"""What a soak makes of what it saw: recoveries, accounts, growth, canaries, verdicts."""

from pathlib import Path

import pytest

from benchmarks.report import Table
from tests.soak.closing import accounts, differences, leaks
from tests.soak.happened import NEVER_S, Happened, growth, of_broker, of_sink, of_workers
from tests.soak.plan import Fault, Kind
from tests.soak.stream import Made, What
from tests.soak.verdicts import Found, document, missed
from tests.soak.watch import Answer, Arrival, Held, Progress

MIB = 2**20


def happened(victim: str, kind: Kind, at_s: float, back_s: float = 0.0) -> Happened:
    return Happened(Fault(at_s, victim, kind, 0.0), at_s, int(1000 * at_s), back_s)


def arrival(seen_s: float, partition: int, made_s: float) -> Arrival:
    return Arrival(seen_s, partition, int(1000 * made_s))


def answer(partition: int, offset: int, revision: int = 0) -> Answer:
    return Answer("e", "T", "billing", "MODEL", "AUTO", False, "f", partition, offset, revision)


def ticket(event_id: str, what: What = What.TICKET) -> Made:
    return Made(what, b"T", b"", event_id)


def found() -> Found:
    """A soak in which everything held."""
    held = [Held(float(second), 7, 100 * MIB, 20, 40) for second in range(10)]
    return Found(
        wanted=100,
        share=1.0,
        tickets=100,
        failures=0,
        kills={"workers": 60, "model": 40},
        lost=0,
        doubled=0,
        wrongs=0,
        provisional=0,
        store=0,
        recoveries=of_workers([happened("worker-1", Kind.KILL, 10)], [arrival(12, 0, 11), arrival(20, 1, 19)], 2),
        broker_s=[1.5],
        others_s={"sink": [2.0]},
        growth={"worker-3": growth(held)},
        leaks=0,
        restarts=0,
        endings=[0, 0],
        ahead=[0, 3, 5],
        versions=2,
        broken_models=0,
    )


def test_a_recovery_counts_what_was_made_after_the_kill() -> None:
    """An answer that was made before and is seen after does not show that anything goes on."""
    kill = happened("worker-1", Kind.KILL, 10)
    seen = [arrival(10.1, 0, 9.9), arrival(11, 0, 10.5), arrival(12, 1, 9.0), arrival(14, 1, 13)]

    [recovery] = of_workers([kill], seen, 2)

    assert (recovery.first_s, recovery.everywhere_s) == (1, 4)
    assert of_workers([kill], seen[:3], 2)[0].everywhere_s == NEVER_S


def test_only_deaths_of_a_workers_own_process_are_timed() -> None:
    """A supervisor's death lets the worker end in order; other parts are none of the workers."""
    others = [happened("worker-1", Kind.KILL_SUPERVISOR, 1), happened("model", Kind.KILL, 2)]

    assert of_workers(others, [], 2) == []


def test_a_recovery_knows_what_came_in_between() -> None:
    """Another worker's death, or the broker's, may be what it waited for."""
    events = [
        happened("worker-1", Kind.KILL, 10),
        happened("model", Kind.KILL, 11),
        happened("worker-2", Kind.STOP, 13),
        happened("broker", Kind.KILL, 15),
    ]

    [recovery] = of_workers(events, [], 2)

    assert (recovery.group_s, recovery.broker_s) == (3, 5)


def test_the_broker_is_timed_from_its_return() -> None:
    """From when it answers again to the first commit of what was made since it went."""
    outage = happened("broker", Kind.KILL, 10, back_s=16)
    seen = [arrival(16.5, 0, 9), arrival(17, 1, 12)]

    assert of_broker([outage, happened("broker", Kind.SLOW, 20, 25)], seen) == [1]
    assert of_broker([outage], seen[:1]) == [NEVER_S]


def test_the_sink_is_timed_by_what_it_commits() -> None:
    """Its offsets stand still while it is dead."""
    progress = [Progress(9, 100), Progress(11, 100), Progress(13, 160)]

    assert of_sink([happened("sink", Kind.KILL, 10)], progress, "sink") == [3]


def test_every_record_is_settled_once() -> None:
    """An answer or a dead letter each; a repeat of an answered event needs none; later revisions do not count."""
    stands = {
        (0, 1): ticket("a"),
        (0, 2): ticket("a", What.REPEAT),
        (0, 3): ticket("b"),
        (1, 1): Made(What.BAD, b"T", None),
    }
    good = [answer(0, 1), answer(0, 1, 1), answer(0, 3)]

    settled = accounts(stands, good, [(1, 1)])

    assert (settled.lost, settled.doubled, settled.letters) == ([], [], 1)


@pytest.mark.parametrize(
    ("answers", "letters", "lost", "doubled"),
    [
        ([answer(0, 1)], [(1, 1)], 1, 0),
        ([answer(0, 1), answer(0, 3), answer(0, 3)], [(1, 1)], 0, 1),
        ([answer(0, 1), answer(0, 3), answer(0, 2)], [(1, 1)], 0, 1),
        ([answer(0, 1), answer(0, 3)], [], 1, 0),
        ([answer(0, 1), answer(0, 3)], [(1, 1), (1, 1)], 0, 1),
        ([answer(0, 1), answer(0, 3)], [(1, 1), (0, 3)], 0, 1),
        ([answer(0, 1), answer(0, 3), answer(2, 9)], [(1, 1)], 0, 1),
    ],
)
def test_what_is_missing_and_what_is_there_twice_is_counted(
    answers: list[Answer], letters: list[tuple[int, int]], lost: int, doubled: int
) -> None:
    """Tickets and bad records alike; an event answered at two offsets, and an answer to nothing, are doubled."""
    stands = {
        (0, 1): ticket("a"),
        (0, 2): ticket("a", What.REPEAT),
        (0, 3): ticket("b"),
        (1, 1): Made(What.BAD, b"T", None),
    }

    settled = accounts(stands, answers, letters)

    assert (len(settled.lost), len(settled.doubled)) == (lost, doubled)


def test_rows_are_compared_with_their_repetitions() -> None:
    """A row that is there twice is no match for one."""
    assert differences([(1,), (2,)], [(2,), (1,)]) == 0
    assert differences([(1,), (2,)], [(2,), (2,), (3,)]) == 3


def test_growth_compares_fifths() -> None:
    """The second with the last; the first, in which things settle, does not count."""
    samples = [Held(float(second), 7, (100 + second) * MIB, 20 + second, 40) for second in range(50)]

    grown = growth(samples)

    assert grown is not None
    assert grown.resident_growth == pytest.approx(30 / 114, abs=0.01)
    assert grown.threads[1] - grown.threads[0] == 30
    assert grown.processes == 1
    assert growth(samples[:3]) is None


def test_canaries_are_found_and_not_repeated(tmp_path: Path) -> None:
    """The report of a secret in a log does not hold the secret."""
    good, bad = tmp_path / "good.log", tmp_path / "bad.log"
    good.write_text("nothing to see\n", encoding="utf-8")
    bad.write_text("fine\ntoken=sesame\nsesame\n", encoding="utf-8")

    assert list(leaks([good, bad], ["quibble", "sesame"])) == [f"{bad} holds canary 1"]


def test_a_soak_in_which_everything_held_misses_nothing() -> None:
    """And its document shows what was measured, and how to repeat it."""
    shown = document("How.", "make soak", Table(("measured on", ""), [("cores", "2")]), found())

    assert missed(found()) == []
    assert "make soak" in shown
    assert "| lost | 0 | at most 0 | met |" in shown


@pytest.mark.parametrize(
    "broken",
    [
        found()._replace(tickets=99),
        found()._replace(kills={"workers": 99}),
        found()._replace(failures=1),
        found()._replace(lost=1),
        found()._replace(doubled=1),
        found()._replace(wrongs=1),
        found()._replace(provisional=1),
        found()._replace(store=1),
        found()._replace(recoveries=of_workers([happened("worker-1", Kind.KILL, 10)], [], 2)),
        found()._replace(broker_s=[1.0, 5.1]),
        found()._replace(growth={"sink": None}),
        found()._replace(growth={"sink": growth([Held(float(s), 7, (100 + s) * MIB, 20, 40) for s in range(10)])}),
        found()._replace(growth={"sink": growth([Held(float(s), s, 100 * MIB, 20, 40) for s in range(10)])}),
        found()._replace(growth={"sink": growth([Held(float(s), 7, 100 * MIB, 20 + s, 40) for s in range(10)])}),
        found()._replace(growth={"sink": growth([Held(float(s), 7, 100 * MIB, 20, 40 + s) for s in range(10)])}),
        found()._replace(leaks=1),
        found()._replace(endings=[0, 137]),
    ],
)
def test_each_broken_promise_is_missed(broken: Found) -> None:
    """None of the figures is there for show."""
    assert missed(broken)
