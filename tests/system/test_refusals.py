"""A cluster that refuses the service something: no record is condemned for it, and the log says what to grant."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, NamedTuple

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclOperation
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType

from tests.support.acls import Acl, Acls
from tests.support.apache_kafka import PASSWORD, USERS, Apache
from tests.support.broker_differences import Gap
from tests.support.brokers import Broker
from tests.support.ports import lasting_ports
from tests.support.topics import Put, group_notes, group_offsets
from tests.support.waiting import until
from tests.support.world import PARTITIONS, Shared, World, tickets
from tests.system.stream import Stream
from tests.system.worker import worker

pytestmark = [pytest.mark.delivery, pytest.mark.long, pytest.mark.needs(Gap.AUTHORIZER), pytest.mark.timeout(300)]

# Of workers that come to no record.
FEW = 2
READ, WRITE, DESCRIBE = AclOperation.READ, AclOperation.WRITE, AclOperation.DESCRIBE


class Guest(NamedTuple):
    """A world whose service has to be allowed everything that it does.

    Attributes:
        world: its topics.
        login: settings with which its service says who it is.
        acls: of its service.
    """

    world: World
    login: dict[str, str]
    acls: Acls


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apache]:
    with Apache(tmp_path_factory.mktemp("guarded")) as started:
        yield started


@pytest.fixture(scope="module")
def guests(cluster: Apache, shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Guest]:
    """Makes a world; nothing is allowed to its service yet."""
    users = iter(USERS)

    def make() -> Guest:
        broker = Broker(cluster.address, complete=True)
        world = World(Shared(broker, shared.clickhouse), tmp_path_factory.mktemp("world"), {"LOG_FORMAT": "json"})
        user = next(users)
        login = {
            "KAFKA_BOOTSTRAP_SERVERS": cluster.guarded,
            "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "KAFKA_SASL_MECHANISM": "PLAIN",
            "KAFKA_SASL_USERNAME": user,
            "KAFKA_SASL_PASSWORD": PASSWORD,
            # The next one takes a dead one's place at once.
            "KAFKA_GROUP_INSTANCE_ID": "mortal",
        }
        return Guest(world, login, Acls(cluster.address, user))

    return make


def group_of(world: World, role: str) -> str:
    return world.settings.kafka_group_id + ("-sink" if role == "sink" else "")


def transactional_id(world: World, role: str) -> str:
    return f"{group_of(world, role)}.mortal.{'sink-' if role == 'sink' else ''}0"


def of_topics(names: Iterable[str], *operations: AclOperation) -> set[Acl]:
    return {Acl(ResourceType.TOPIC, name, operation) for name in names for operation in operations}


def of_group(world: World, role: str) -> set[Acl]:
    return {Acl(ResourceType.GROUP, group_of(world, role), READ)}


def of_transactions(world: World, role: str) -> set[Acl]:
    name = transactional_id(world, role)
    return {Acl(ResourceType.TRANSACTIONAL_ID, name, operation) for operation in (WRITE, DESCRIBE)}


def everything(world: World, role: str) -> set[Acl]:
    """All that a worker needs, as docs/CONTRACT.md says it."""
    names = world.topics
    read = {
        "categorizer": [
            names.created,
            names.recategorize,
            names.repeats,
            names.overrides,
            names.alerts,
            names.marks,
        ],
        "sink": [names.categorized, names.corrected, names.telemetry, names.alerts, names.marks],
    }
    written = {
        "categorizer": [
            names.categorized, names.recategorize, names.dead_letter, names.audit, names.repeats, names.telemetry,
            names.alerts,
        ],
        "sink": [names.dead_letter, names.telemetry, names.alerts, names.overrides],
    }  # fmt: skip
    topics = of_topics(read[role], READ) | of_topics(written[role], WRITE)
    return topics | of_group(world, "categorizer") | of_group(world, role) | of_transactions(world, role)


class Case(NamedTuple):
    """Something that is not allowed.

    Attributes:
        name: in the test's name.
        role: of the worker.
        missing: what it lacks.
        says: the one event of each life that names what to grant holds these words.
        lives: how many workers end so.
    """

    name: str
    role: str
    missing: Callable[[World], set[Acl]]
    says: Callable[[World], str]
    # One more than it takes to condemn the record that stands first.
    lives: int = 6


def lacks(topic: str, operation: AclOperation, role: str = "categorizer") -> Case:
    def name(world: World) -> str:
        return str(getattr(world.topics, topic))

    return Case(
        f"{role} lacks {operation.name} on {topic}",
        role,
        lambda world: of_topics([name(world)], operation),
        lambda world: f"ACL: {operation.name} on topic {name(world)} for the service's principal",
        FEW if operation is READ else 6,
    )


def lacks_group(role: str) -> Case:
    return Case(
        f"{role} lacks READ on its group",
        role,
        lambda world: of_group(world, role),
        lambda world: f"ACL: READ on group {group_of(world, role)} for the service's principal",
        FEW,
    )


def lacks_transactions(role: str) -> Case:
    return Case(
        f"{role} lacks its transactional id",
        role,
        lambda world: of_transactions(world, role),
        lambda world: (
            f"ACL: WRITE and DESCRIBE on transactional id {transactional_id(world, role)} for the service's principal"
        ),
        FEW,
    )


CASES = [
    lacks("categorized", WRITE),
    lacks("repeats", WRITE),
    lacks("dead_letter", WRITE),
    lacks("created", READ),
    Case(
        "categorizer lacks READ on overrides",
        "categorizer",
        lambda world: of_topics([world.topics.overrides], READ),
        # Without any right on it, it cannot be told from one that is missing.
        lambda world: f"ACL: CREATE, READ and WRITE on topic {world.topics.overrides} for the service's principal",
        FEW,
    ),
    Case(
        "categorizer lacks WRITE on everything",
        "categorizer",
        lambda world: (
            {acl for acl in everything(world, "categorizer") if acl.operation is WRITE}
            - of_transactions(world, "categorizer")
        ),
        lambda world: f"ACL: WRITE on topic {world.topics.categorized} for the service's principal",
    ),
    lacks_group("categorizer"),
    lacks_transactions("categorizer"),
    lacks("dead_letter", WRITE, "sink"),
    lacks("corrected", READ, "sink"),
    lacks_group("sink"),
    lacks_transactions("sink"),
]


def publish(guest: Guest, role: str) -> int:
    """Records for a role, among them one that becomes a dead letter; how many there are."""
    world = guest.world
    if role == "sink":
        answers = Stream(world)
        healthy = [answers.answer() for _ in range(4)]
        world.put_to(world.topics.categorized, [*healthy, Put(b"\x07 is no framing", b"bad")])
        world.put_to(world.topics.corrected, [Put(b"\x07 is no framing", b"bad")])
        return 6
    world.publish(tickets("healthy", 4))
    world.put([Put(b"\x07 is no framing", b"bad")])
    return 5


def life(guest: Guest, role: str, **settings: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code of a worker that ends by itself, and what it logged."""
    log = guest.world.folder / "worker.log"
    log.unlink(missing_ok=True)
    with worker(guest.world, role, **guest.login, **settings) as process:
        code = process.wait(60)
    return code, logged(guest)


def logged(guest: Guest) -> list[dict[str, Any]]:
    lines = (guest.world.folder / "worker.log").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def reasons(guest: Guest) -> set[str | None]:
    return {letter.header("ts-reason") for letter in guest.world.committed(guest.world.topics.dead_letter)}


def is_through(guest: Guest, role: str, records: int) -> bool:
    """Whether every record is committed."""
    world, group = guest.world, group_of(guest.world, role)
    topics = [world.topics.categorized, world.topics.corrected] if role == "sink" else [world.topics.created]
    offsets = [group_offsets(world.kafka, group, topic, PARTITIONS) for topic in topics]
    return sum(sum(found.values()) for found in offsets) == records


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_not_allowed_condemns_no_record(guests: Callable[[], Guest], case: Case) -> None:
    """Each worker ends in good order with one event that says what to grant; once that is granted, all is done."""
    guest = guests()
    world = guest.world
    missing = case.missing(world)
    guest.acls.allow(everything(world, case.role) - missing)
    records = publish(guest, case.role)
    lives = [life(guest, case.role) for _ in range(case.lives)]
    condemned = reasons(guest)
    notes = "".join(group_notes(world.kafka, group_of(world, case.role), world.topics.created, PARTITIONS).values())
    guest.acls.allow(missing)
    with worker(world, case.role, **guest.login):
        until(lambda: is_through(guest, case.role, records))

    assert [code for code, _ in lives] == [1] * case.lives
    for _, events in lives:
        assert sum(case.says(world) in json.dumps(event) for event in events) == 1, events
    assert "crash_loop" not in condemned
    assert notes == ""
    assert reasons(guest) == {"bad_framing"}


def test_a_topic_that_takes_no_answer_of_this_size_condemns_no_record(guests: Callable[[], Guest]) -> None:
    """The event names the topic and the property; with a larger one all is done."""
    guest = guests()
    world = guest.world
    guest.acls.allow(everything(world, "categorizer"))
    limit(world, "100")
    records = publish(guest, "categorizer")
    lives = [life(guest, "categorizer") for _ in range(6)]
    limit(world, "1000000")
    with worker(world, "categorizer", **guest.login):
        until(lambda: is_through(guest, "categorizer", records))

    says = f"raise max.message.bytes of topic {world.topics.categorized}"
    assert [code for code, _ in lives] == [1] * 6
    assert all(sum(says in json.dumps(event) for event in events) == 1 for _, events in lives)
    assert reasons(guest) == {"bad_framing"}


def limit(world: World, size: str) -> None:
    """The largest batch that the topic of answers takes."""
    entry = ConfigEntry("max.message.bytes", size, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, world.topics.categorized, incremental_configs=[entry])
    # Held until the answer is in: the client's end cancels what it was asked for.
    client = AdminClient({"bootstrap.servers": world.kafka})
    for done in client.incremental_alter_configs([resource]).values():
        done.result(30)


def test_telemetry_and_alerts_that_may_not_be_written_are_said_once_and_delay_nothing(
    guests: Callable[[], Guest],
) -> None:
    """Tickets are answered all the same; the worker stops in good order."""
    guest = guests()
    world = guest.world
    missing = of_topics([world.topics.telemetry, world.topics.alerts], WRITE)
    guest.acls.allow(everything(world, "categorizer") - missing)
    [nobody] = lasting_ports(1)
    down = {"ML_API_URL": f"http://127.0.0.1:{nobody}", "CIRCUIT_BREAKER_THRESHOLD": "1", "RETRY_MAX_ATTEMPTS": "1"}
    numbers = count()
    with worker(world, "categorizer", **guest.login, **down) as process:

        def both_are_said() -> bool:
            burst = tickets(f"burst-{next(numbers)}", 2)
            world.publish(burst)
            world.answers_to(ticket["ticket_id"] for ticket in burst)
            return len(refused_topics(guest)) == 2

        until(both_are_said)
        process.terminate()
        code = process.wait(20)

    assert code == 0
    assert refused_topics(guest) == {
        topic: ("WRITE", f"ACL: WRITE on topic {topic} for the service's principal")
        for topic in (world.topics.telemetry, world.topics.alerts)
    }
    assert len([event for event in logged(guest) if event["event"] == "topic.refused"]) == 2


def refused_topics(guest: Guest) -> dict[str, tuple[str, str]]:
    """What the log says of topics that may not be written."""
    return {
        event["topic"]: (event["operation"], event["mend"])
        for event in logged(guest)
        if event["event"] == "topic.refused"
    }
