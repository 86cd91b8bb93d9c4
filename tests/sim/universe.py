"""Two workers of the service and a broker in memory, with everything that may happen to them."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count

from consumer.errors import BrokerTrouble, Fenced
from consumer.model.types import ModelReply
from schemas.codec import Encoder
from tests.sim.broker import Clock, SimBroker
from tests.sim.group import Kept
from tests.sim.line import SILENCE_S, Killed, Line, Mishap, Request
from tests.sim.log import Sent
from tests.sim.process import GROUP, INPUTS, TOPICS, Make, Process, Registry
from tests.support.consumer_parts import answered
from tests.support.oracle import broken
from tests.support.rawlog import Fate
from tests.support.world import a_ticket

PARTITIONS = 3
NAMES = ("one", "two")
ENCODER = Encoder("TicketCreated", "single-object", TOPICS.created)
BEAT_S = 2.0
# In one turn of everybody; a transaction waits no longer for more.
TURN_S = 0.06
# So many turns of what others do while a process is frozen.
MEANWHILE = 8
# After many deaths records are handled one at a time, one in a round.
ROUNDS = 2000
# Longer than a session, and than a transaction may last.
GONE_S = (12.0, 20.0)


class Universe:
    """What happens is what its methods are called for, and nothing else."""

    def __init__(self, clock: Clock, make: Make, strategy: str) -> None:
        clock.now_s = 1000.0
        self.broker = SimBroker(PARTITIONS, clock)
        self.registry = Registry()
        self.workers: dict[str, Process | None] = dict.fromkeys(NAMES)
        self.zombies: list[Process] = []
        self.gave_up = 0
        self._lines: list[Line] = []
        self._clock = clock
        self._make = make
        self._strategy = strategy
        self._tickets = count()
        self._said: list[Sent] = []
        self._committed: dict[int, int] = {}
        self._checked = -1
        for name in NAMES:
            self.start(name)

    # What is put.

    def publish(self) -> None:
        ticket = a_ticket(f"T-{next(self._tickets)}", "Refund", "Please")
        key = ticket["ticket_id"].encode()
        self._put(Sent(TOPICS.created, self.broker.partition_of(key), key, ENCODER.encode(ticket), []))

    def publish_again(self, back: int) -> None:
        """The same ticket once more, to the same partition."""
        if self._said:
            self._put(self._said[-1 - back % len(self._said)])

    def publish_garbage(self, partition: int) -> None:
        self._put(Sent(TOPICS.created, partition, b"", b"\x07 is no framing", []))

    def _put(self, record: Sent) -> None:
        self._said.append(record)
        self.broker.write(record)

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
        """In good order, as it does when it is told to stop."""
        process = self.workers[name]
        if process is not None and not process.frozen:
            self._run(process, process.categorizer.leave)
            self.workers[name] = None

    def kill(self, name: str) -> None:
        process = self.workers[name]
        if process is not None and not process.frozen:
            self.workers[name] = None

    def supersede(self, name: str) -> None:
        """Its place is taken while it lives."""
        process = self.workers[name]
        if process is not None and not process.frozen:
            self.zombies.append(process)
            self.workers[name] = None
            self.start(name)

    def turn_of_a_zombie(self) -> None:
        if self.zombies and not self.zombies[0].frozen:
            self._run(self.zombies[0], self.zombies[0].turn)

    def land(self, name: str, most: int, reply: ModelReply) -> None:
        process = self.workers[name]
        for _ in range(min(most, len(process.callers.air)) if process else 0):
            assert process is not None
            process.callers.land(reply)

    def befalls(self, name: str, request: Request, mishap: Mishap, late_by: int) -> None:
        process = self.workers[name]
        if process is not None:
            process.line.mishaps[request] = mishap
            process.line.late_by = late_by

    def everybody_works(self, turns: int, reply: ModelReply) -> None:
        for _ in range(turns):
            self.wait(TURN_S)
            for name in NAMES:
                self.turn(name)
                self.land(name, 100, reply)

    def works_on(self) -> None:
        """Two transactions and more for everybody."""
        for _ in range(2):
            for _ in range(6):
                self.publish()
            self.everybody_works(5, answered())

    def _new(self, name: str) -> Process:
        def meanwhile() -> None:
            self._meanwhile(process)

        line = Line(self._clock, self.wait, meanwhile, self.check)
        self._lines.append(line)
        process = Process(name, self.broker, line, self.registry, self._make, strategy=self._strategy, wait=self.wait)
        return process

    def _run(self, process: Process, does: Callable[[], None]) -> None:
        try:
            does()
        except Killed:
            self._ends(process)
        except (Fenced, BrokerTrouble) as error:
            self.gave_up += isinstance(error, BrokerTrouble)
            self._ends(process)
            self._leave(process)

    def _leave(self, process: Process) -> None:
        """What is left to do when an error ends a process."""
        with suppress(Killed, Fenced, BrokerTrouble):
            process.categorizer.leave()

    def _ends(self, process: Process) -> None:
        self.zombies = [each for each in self.zombies if each is not process]
        for name, each in self.workers.items():
            if each is process:
                self.workers[name] = None

    def _meanwhile(self, process: Process) -> None:
        """A process is frozen within a request, so long that others take its partitions, and they work."""
        process.frozen = True
        for gone_s in GONE_S:
            self.wait(gone_s)
            self.everybody_works(MEANWHILE, answered())
        process.frozen = False

    # What passes.

    def wait(self, seconds: float) -> None:
        """Time passes for everybody; who is not frozen tells the group that it lives."""
        while seconds > 0:
            self._clock.now_s += min(seconds, BEAT_S)
            seconds -= BEAT_S
            for process in self._living():
                process.consumer.beat()
            self.broker.look_at_the_clock()

    def arrive(self) -> None:
        """What was late, also of processes that are no more, arrives."""
        for line in self._lines:
            line.arrive(everything=True)

    def _living(self) -> Iterator[Process]:
        for process in (*self.workers.values(), *self.zombies):
            if process is not None and not process.frozen:
                yield process

    # What is promised.

    def check(self) -> None:
        """Nothing is broken now, whatever is still under way."""
        if self._checked == self.broker.changes:
            return
        self._checked = self.broker.changes
        wrong = self._broken(lossless=False)
        assert not wrong, wrong
        behind = self._behind()
        assert all(offset <= behind.get(number, 0) for number, offset in self._committed.items()), "offsets went back"
        self._committed = behind

    def come_to_rest(self) -> None:
        """Nothing stands in anybody's way any more: everything is answered, also after a member has left."""
        self.zombies.clear()
        self.registry.up = True
        self.wait(SILENCE_S)
        self.arrive()
        self._calm()
        self.gave_up = 0
        self.leave(NAMES[1])
        for _ in range(4 * PARTITIONS):
            self.publish()
        self._calm(NAMES[:1])
        assert not self.gave_up, "a worker gave up, and nothing stood in its way"
        wrong = self._broken(lossless=True)
        assert not wrong, wrong
        pending = [
            entry for topic in TOPICS.all() for entry in self.broker.entries(topic) if entry.fate is Fate.PENDING
        ]
        assert not pending, "a transaction never ended"

    def _calm(self, names: tuple[str, ...] = NAMES) -> None:
        for _ in range(ROUNDS):
            for name in names:
                self.start(name)
                process = self.workers[name]
                if process is not None:
                    process.line.mishaps.clear()
                self.turn(name)
                self.land(name, 100, answered())
            self.check()
            if self._is_through():
                return
            self.wait(0.1)
        raise AssertionError(f"not everything is answered, although nothing stands in the way: {self._behind()}")

    def _is_through(self) -> bool:
        committed = self.broker.groups[GROUP].committed
        return all(
            committed.get((topic, entry.partition), Kept(0, "")).offset > entry.offset
            for topic in INPUTS
            for entry in self.broker.entries(topic)
            if entry.fate is not Fate.ABORTED
        )

    def _broken(self, *, lossless: bool) -> list[str]:
        logs = {topic: self.broker.entries(topic) for topic in TOPICS.all()}
        return broken(logs, TOPICS, self._behind(), lossless=lossless)

    def _behind(self) -> dict[int, int]:
        committed = self.broker.groups[GROUP].committed
        return {number: kept.offset for (topic, number), kept in committed.items() if topic == TOPICS.created}
