"""One soak from its first ticket to the last account."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from confluent_kafka import Consumer, TopicPartition

from tests.soak import closing, happened, plan
from tests.soak.director import Director
from tests.soak.parts import SoakFailed
from tests.soak.plan import FULL_MINUTES, SINK, SPARED_WORKER
from tests.soak.publisher import Publisher
from tests.soak.stage import CANARIES, Stage, logs, set_up
from tests.soak.stream import What, records
from tests.soak.verdicts import Found
from tests.soak.watch import ANSWER_COLUMNS, Answers, Sink, held
from tests.support.oracle import wrongs
from tests.support.topics import group_offsets
from tests.support.world import PARTITIONS, World

if TYPE_CHECKING:
    from tests.soak.watch import Held

Tell = Callable[[str], None]

# A little faster than needed, so that all is published in time.
PACE = 1.02
# A broker that came back is given so long to show a commit, before the plan goes on.
COMMIT_WITHIN_S = 20.0
TELL_EVERY_S = 10.0
SAMPLE_EVERY_S = 1.0
TICK_S = 0.05
REST_S = 240.0
SHOWN = 20


def run(broker: str, folder: Path, minutes: float, tickets: int, seed: int, tell: Tell) -> Found:
    """Run it; what it found.

    Raises:
        SoakFailed: it did not come to rest.
    """
    seconds = 60 * minutes
    with set_up(broker, folder, tickets) as stage:
        world = stage.world
        faults = plan.made(seed, seconds, stage.allowed)
        _keep(folder / "plan.json", faults)
        tell(
            f"{len(faults)} faults, {plan.kills(faults)} of them kills, and {tickets:,} tickets in {minutes:g} minutes"
        )
        made = records(tickets, seed, world.topics.created, world.topics.corrected)
        pace = PACE * tickets / seconds
        director = Director(stage.parts, stage.mood, world.kafka)
        with (
            Answers(world) as answers,
            Sink(world) as sink,
            Publisher(world.kafka, world.topics, made, pace) as publisher,
        ):
            watched = _Watched(stage, director, publisher, answers, sink, tell)
            try:
                watched.go_through(plan.steps(faults), seconds)
            finally:
                director.put_right()
            publisher.finish()
            tell("the faults are over; waiting until everything is answered and stored")
            watched.rest()
            endings = stage.stop_members()
            tell("reading the logs")
            return _found(watched, endings, tickets, minutes, folder)


class _Watched:
    """A soak while it runs, and what it has gathered."""

    def __init__(
        self, stage: Stage, director: Director, publisher: Publisher, answers: Answers, sink: Sink, tell: Tell
    ) -> None:
        self.stage = stage
        self.director = director
        self.publisher = publisher
        self.answers = answers
        self.sink = sink
        self.samples: dict[str, list[Held]] = {SPARED_WORKER: [], SINK: []}
        self.restarts = 0
        self.tell = tell

    def go_through(self, steps: list[plan.Step], seconds: float) -> None:
        """Do what the plan says, and look after services, samples and the reader meanwhile.

        The plan's clock stands still while a broker that was killed is on its way back: on a slow machine that takes
        longer, and what comes next would hit a system that has not shown yet how it recovers.
        """
        ahead = iter(steps)
        step = next(ahead, None)
        sample_s = tell_s = 0.0
        now_s, before_s = 0.0, time.monotonic()
        while now_s < seconds:
            moment_s = time.monotonic()
            now_s += 0.0 if self._broker_is_coming() else moment_s - before_s
            before_s = moment_s
            while step is not None and step.at_s <= now_s:
                self.director.perform(step)
                step = next(ahead, None)
            self._tend()
            if now_s >= seconds / 2 and moment_s >= sample_s:
                self._sample()
                sample_s = moment_s + SAMPLE_EVERY_S
            if moment_s >= tell_s:
                self.tell(self._line(now_s))
                tell_s = moment_s + TELL_EVERY_S
            # The plan is a timetable: its steps are due at times, not at conditions.
            time.sleep(TICK_S)

    def _broker_is_coming(self) -> bool:
        if self.director.returning():
            return True
        returns_s = [hit.back_s for hit in self.director.happened if hit.fault.victim == "broker"]
        if not returns_s or not self.answers.arrivals:
            return False
        waited_s = time.monotonic() - returns_s[-1]
        return waited_s < COMMIT_WITHIN_S and self.answers.arrivals[-1].seen_s < returns_s[-1]

    def rest(self) -> None:
        """Wait until everything that was published is answered for good and stored.

        Raises:
            SoakFailed: that did not come.
        """
        give_up_s = time.monotonic() + REST_S
        told_s = time.monotonic()
        while what := self._unfinished():
            self._tend()
            if time.monotonic() > give_up_s:
                raise SoakFailed(f"within {REST_S:g} s after the last fault it did not come to rest: {what}")
            if time.monotonic() - told_s > TELL_EVERY_S:
                told_s = time.monotonic()
                self.tell(f"still waiting: {what}")
            # A look asks Kafka and ClickHouse, and between two looks members that ended are started again.
            time.sleep(0.5)

    def _unfinished(self) -> str:
        """The first thing that is not done yet, in words."""
        world, answers = self.stage.world, self.answers
        if not self.publisher.done:
            return "not everything is published"
        created = _ends(world, world.topics.created)
        done = group_offsets(world.kafka, world.settings.kafka_group_id, world.topics.created, PARTITIONS)
        if created != done:
            return f"{sum(created.values()) - sum(done.values())} records are not answered"
        if answers.provisional:
            return f"{len(answers.provisional)} answers are provisional"
        stored, corrections = world.stored(), len(world.rows("corrections", "event_id"))
        if stored < len(answers.answers) or corrections < len(self.publisher.corrections):
            return f"ClickHouse holds {stored} of {len(answers.answers)} answers and {corrections} corrections"
        return ""

    def _tend(self) -> None:
        gone = {name for name, part in self.stage.members.items() if part.tend()}
        for name in gone:
            self.tell(f"{name} ended by itself and was started again")
        self.restarts += len(gone)

    def _sample(self) -> None:
        for name, samples in self.samples.items():
            pids = self.stage.members[name].pids()
            found = held(pids[0]) if pids else None
            if found is not None:
                samples.append(found)

    def _line(self, now_s: float) -> str:
        killed = sum(happened.kills(self.director.happened).values())
        stored = self.sink.progress[-1].offsets if self.sink.progress else 0
        return (
            f"{now_s:5.0f} s: {self.publisher.acknowledged():7,} published, {len(self.answers.first):7,} answered, "
            f"{len(self.answers.provisional):5,} provisional, sink at {stored:7,}, {killed:3} kills"
        )


def _found(watched: _Watched, endings: list[int], tickets: int, minutes: float, folder: Path) -> Found:
    world, publisher, director = watched.stage.world, watched.publisher, watched.director
    answers, arrivals = watched.answers.answers, watched.answers.arrivals
    accounts = closing.accounts(publisher.stands, answers, closing.letters(world))
    breaches = wrongs(world)
    rows = world.rows("categorizations", ANSWER_COLUMNS)
    corrections = [(event_id,) for event_id in publisher.corrections]
    differing = closing.differences(answers, rows)
    differing += closing.differences(corrections, world.rows("corrections", "event_id"))
    leaks = list(closing.leaks(logs(folder), CANARIES))
    learned = closing.learned(watched.stage.models)
    for wrong in [*learned.broken, *accounts.lost, *accounts.doubled, *breaches, *leaks, *publisher.failures][:SHOWN]:
        watched.tell(wrong)
    return Found(
        wanted=tickets,
        share=minutes / FULL_MINUTES,
        tickets=sum(made.what is What.TICKET for made in publisher.stands.values()),
        failures=len(publisher.failures),
        kills=happened.kills(director.happened),
        lost=len(accounts.lost),
        doubled=len(accounts.doubled),
        wrongs=len(breaches),
        provisional=len(watched.answers.provisional),
        store=differing,
        recoveries=happened.of_workers(director.happened, arrivals, PARTITIONS),
        broker_s=happened.of_broker(director.happened, arrivals),
        others_s={
            name: happened.of_sink(director.happened, watched.sink.progress, name) for name in (SINK, "clickhouse")
        },
        growth={name: happened.growth(samples) for name, samples in watched.samples.items()},
        leaks=len(leaks),
        restarts=watched.restarts,
        endings=endings,
        ahead=closing.takeovers(logs(folder)),
        versions=learned.versions,
        broken_models=len(learned.broken),
    )


def _ends(world: World, topic: str) -> dict[int, int]:
    """Where the partitions end."""
    reader = Consumer({"bootstrap.servers": world.kafka, "group.id": "look"})
    try:
        return {
            number: reader.get_watermark_offsets(TopicPartition(topic, number), 10)[1] for number in range(PARTITIONS)
        }
    finally:
        reader.close()


def _keep(path: Path, faults: list[plan.Fault]) -> None:
    path.write_text(json.dumps([fault._asdict() for fault in faults], indent=1), encoding="utf-8")
