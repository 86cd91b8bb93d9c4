"""Two workers of one role and a broker in memory, with everything that may happen to them."""

import gc
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Generic

from analytics.clickhouse.errors import AnalyticsError
from consumer.errors import BrokerTrouble, Fenced, SinkTrouble
from consumer.kafka.records import TopicPartition
from consumer.lifetime import run
from tests.sim.broker import Clock, SimBroker
from tests.sim.group import SESSION_S, Kept
from tests.sim.line import SILENCE_S, Killed, Line, Mishap, Request
from tests.sim.moments import Moments
from tests.sim.process import Host, P, Registry
from tests.support.rawlog import Fate

NAMES = ("one", "two")
BEAT_S = 2.0
# So many turns of what others do while a process is frozen.
MEANWHILE = 8
# After many deaths records are handled one at a time, one in a round.
ROUNDS = 2000
# Longer than a session, and than a transaction may last.
GONE_S = (12.0, 20.0)


class StopAfter(threading.Event):
    """Is set after so many turns; between them something else is done."""

    def __init__(self, turns: int, between: Callable[[], None]) -> None:
        super().__init__()
        self._left = turns
        self._between = between

    def is_set(self) -> bool:
        self._between()
        self._left -= 1
        return self._left < 0


class Universe(ABC, Generic[P]):
    """What happens is what its methods are called for, and nothing else.

    Args:
        clock: everybody's.
        moments: at which processes die.
        partitions: of every topic.
        strategy: how the group shares partitions.

    Attributes:
        deaths: how many processes were killed.
        group: of the workers.
        inputs: the topics that they read.
        topics: these and all that they write.
        turn_s: how much time passes in one turn of everybody.
    """

    group: str
    inputs: tuple[str, ...]
    topics: tuple[str, ...]
    turn_s: float

    def __init__(self, clock: Clock, moments: Moments, partitions: int, strategy: str) -> None:
        # The sink collects garbage whenever ClickHouse fails: it need not look at all that was there before.
        gc.collect()
        gc.freeze()
        clock.now_s = 1000.0
        moments.clear()
        self.moments = moments
        self.broker = SimBroker(partitions, clock)
        self.registry = Registry()
        self.workers: dict[str, P | None] = dict.fromkeys(NAMES)
        self.zombies: list[P] = []
        self.deaths = 0
        self.gave_up = 0
        self._clock = clock
        self._strategy = strategy
        self._made: list[P] = []
        self._committed: dict[TopicPartition, int] = {}
        self._checked = -1

    # What its subclasses know.

    @abstractmethod
    def new(self, host: Host) -> P:
        """A process of the role."""

    @abstractmethod
    def publish(self) -> None:
        """Put a healthy record."""

    @abstractmethod
    def broken(self, *, lossless: bool) -> list[str]:
        """What breaks the promise, transactions that are still open aside; `lossless`: everything is to be done."""

    def answer(self, name: str) -> None:
        """What a worker waits for comes."""

    def is_innocent(self, _: P) -> bool:
        """Whether a process that ends now leaves no sign that a record has crashed it."""
        return False

    def mend(self) -> None:
        """Nothing stands in the way any more."""
        self.zombies.clear()
        self.moments.clear()
        self.registry.up = True

    # What processes do.

    def start(self, name: str) -> None:
        if self.workers[name] is None:
            process = self._new(name)
            self.workers[name] = process
            self._run(process, process.start)

    def turn(self, name: str) -> None:
        process = self.workers[name]
        if process is not None and not process.frozen:
            self._run(process, process.turn)

    def leave(self, name: str) -> None:
        """In good order, as after SIGTERM."""
        process = self.workers[name]
        if process is not None and not process.frozen:
            self._run(process, process.finish)
            if self.workers[name] is process:
                self._run(process, process.leave)
                self._ends(process)

    def whole_life(self, name: str, befalls: Callable[[P], None], turns: int) -> None:
        """One process from its start to its end, as `lifetime.run` leads it, and until the group has noticed.

        Args:
            name: of the worker.
            befalls: makes the process end in a certain way.
            turns: after so many it is told to stop.
        """
        process = self._new(name)
        self.workers[name] = process
        befalls(process)

        def between_turns() -> None:
            self.wait(self.turn_s)
            self.answer(name)

        with suppress(Killed, Exception):
            run(process, StopAfter(turns, between_turns))
        self._ends(process)
        self.wait(SESSION_S)

    def kill(self, name: str) -> None:
        process = self.workers[name]
        if process is not None and not process.frozen:
            self._dies(process)

    def supersede(self, name: str) -> None:
        """Another process takes its place while it lives."""
        process = self.workers[name]
        if process is not None and not process.frozen:
            self._dies(process)
            self.zombies.append(process)
            self.start(name)

    def turn_of_a_zombie(self) -> None:
        if self.zombies and not self.zombies[0].frozen:
            self._run(self.zombies[0], self.zombies[0].turn)

    def befalls(self, name: str, request: Request, mishap: Mishap, late_by: int) -> None:
        process = self.workers[name]
        if process is not None:
            process.line.mishaps[request] = mishap
            process.line.late_by = late_by

    def everybody_works(self, turns: int) -> None:
        for _ in range(turns):
            self.wait(self.turn_s)
            for name in NAMES:
                self.turn(name)
                self.answer(name)

    def works_on(self) -> None:
        """Two transactions and more for everybody."""
        for _ in range(2):
            for _ in range(6):
                self.publish()
            self.everybody_works(5)

    def _new(self, name: str) -> P:
        def meanwhile() -> None:
            self._meanwhile(process)

        line = Line(self._clock, self.wait, meanwhile, self.check)
        process = self.new(Host(name, self.group, self.broker, line, self.wait, self._strategy))
        self._made.append(process)
        return process

    def _run(self, process: P, does: Callable[[], None]) -> None:
        try:
            does()
        except Killed:
            self._dies(process)
        except (Fenced, BrokerTrouble, SinkTrouble, AnalyticsError) as error:
            self.gave_up += not isinstance(error, Fenced)
            self._ends(process)
            self._leave(process, error)

    def _leave(self, process: P, error: Exception) -> None:
        """What is left to do when an error ends a process."""
        with suppress(Killed, Fenced, BrokerTrouble):
            process.fail(error)
            process.leave()

    def _dies(self, process: P) -> None:
        self.deaths += not self.is_innocent(process)
        self._ends(process)

    def _ends(self, process: P) -> None:
        self.zombies = [zombie for zombie in self.zombies if zombie is not process]
        for name, worker in self.workers.items():
            if worker is process:
                self.workers[name] = None

    def _meanwhile(self, process: P) -> None:
        """A process is frozen within a request, so long that others take its partitions, and they work."""
        process.frozen = True
        for gone_s in GONE_S:
            self.wait(gone_s)
            self.everybody_works(MEANWHILE)
        process.frozen = False

    # What passes.

    def wait(self, seconds: float) -> None:
        """Time passes for everybody; a process that is not frozen tells the group that it lives."""
        while seconds > 0:
            self._clock.now_s += min(seconds, BEAT_S)
            seconds -= BEAT_S
            for process in self._living():
                process.consumer.beat()
            self.broker.look_at_the_clock()

    def arrive(self) -> None:
        """What was late, also of processes that are no more, arrives."""
        for process in self._made:
            process.arrive()

    def _living(self) -> Iterator[P]:
        for process in (*self.workers.values(), *self.zombies):
            if process is not None and not process.frozen:
                yield process

    # What is promised.

    def check(self) -> None:
        """Nothing is broken now, also while requests are under way."""
        if self._checked == self.broker.changes:
            return
        self._checked = self.broker.changes
        wrong = self.broken(lossless=False)
        assert not wrong, wrong
        committed = self.committed()
        assert all(offset <= committed.get(key, 0) for key, offset in self._committed.items()), "offsets went back"
        self._committed = committed

    def come_to_rest(self) -> None:
        """Nothing stands in the way any more: everything is done, also after a member has left."""
        self.mend()
        self.wait(SILENCE_S)
        self.arrive()
        self._calm(NAMES)
        self.gave_up = 0
        self.leave(NAMES[1])
        for _ in range(4 * self.broker.partitions):
            self.publish()
        self._calm(NAMES[:1])
        assert not self.gave_up, "a worker gave up, and nothing stood in its way"
        wrong = self.broken(lossless=True)
        assert not wrong, wrong
        pending = [entry for topic in self.topics for entry in self.broker.entries(topic) if entry.fate is Fate.PENDING]
        assert not pending, "a transaction never ended"

    def _calm(self, names: tuple[str, ...]) -> None:
        for _ in range(ROUNDS):
            for name in names:
                self.start(name)
                process = self.workers[name]
                if process is not None:
                    process.calm()
                self.turn(name)
                self.answer(name)
            self.check()
            if self._is_through():
                return
            self.wait(0.1)
        raise AssertionError(f"not everything is done, although nothing stands in the way: {self.committed()}")

    def _is_through(self) -> bool:
        committed = self.broker.groups[self.group].committed
        return all(
            committed.get((topic, entry.partition), Kept(0, "")).offset > entry.offset
            for topic in self.inputs
            for entry in self.broker.entries(topic)
            if entry.fate is not Fate.ABORTED
        )

    def committed(self) -> dict[TopicPartition, int]:
        """The offsets that the group has committed."""
        return {partition: kept.offset for partition, kept in self.broker.groups[self.group].committed.items()}
