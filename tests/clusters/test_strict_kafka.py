"""A cluster with rules of its own, as managed ones have them, and with an authorizer."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclOperation
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewPartitions

from consumer.config.settings import settings_of
from consumer.errors import BrokerTrouble
from consumer.kafka.group_lag import LagReader, Offsets
from tests.support import strict_policy
from tests.support.acls import Acl, Acls
from tests.support.apache_kafka import PASSWORD, USERS, Apache, Extras
from tests.support.brokers import Broker
from tests.support.topics import Put
from tests.support.waiting import until
from tests.support.world import PARTITIONS, Shared, World, tickets

pytestmark = [pytest.mark.clusters, pytest.mark.timeout(300)]

TIMEOUT_S = 30.0
# How soon new partitions are read, with no setting changed.
READ_WITHIN_S = 30.0
Worlds = Callable[..., World]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apache]:
    extras = Extras(
        properties={"create.topic.policy.class.name": "StrictPolicy"}, classes=Path(strict_policy.__path__[0])
    )
    with Apache(tmp_path_factory.mktemp("strict"), extras=extras) as started:
        yield started


@pytest.fixture
def worlds(cluster: Apache, tmp_path: Path) -> Worlds:
    """Makes a world on it, whose topics are made as far as the cluster takes them."""
    shared = Shared(Broker(cluster.address, complete=True), "http://127.0.0.1:1")

    def make(**settings: str) -> World:
        return World(shared, tmp_path, settings)

    return make


def fresh(world: World, prefix: str) -> dict[str, str]:
    """Names of topics that are not there yet."""
    return {f"TOPIC_{name.upper()}": f"{prefix}-{topic}" for name, topic in world.topics.model_dump().items()}


def test_properties_that_are_wishes_are_left_out_and_said(worlds: Worlds) -> None:
    """Also where the cluster does not say which one it refuses; the service runs on what was made."""
    world = worlds()
    names = fresh(world, "forever")
    made = world.command("topics", "create", "--partitions", str(PARTITIONS), **names)
    looked = world.command("doctor", **names)
    repeats, letters = names["TOPIC_REPEATS"], names["TOPIC_DEAD_LETTER"]
    properties = described(world, repeats)
    with world.service("--role", "categorizer") as service:
        world.publish(created := tickets("strict", 3))
        world.answers_to(ticket["ticket_id"] for ticket in created)

        assert not service.events("worker.")

    assert made.returncode == 0, made.stdout + made.stderr
    assert f"{repeats}: created, {PARTITIONS} partitions" in made.stdout
    assert f"{repeats}: segment.bytes was left out" in made.stdout
    assert "segment.bytes must be at least 52428800" in made.stdout
    assert f"{repeats}: segment.ms was left out" in made.stdout
    assert f"{letters}: retention.ms was left out" in made.stdout
    # What it takes is there, also behind what it refuses.
    assert (properties["cleanup.policy"], properties["min.cleanable.dirty.ratio"]) == ("compact", "0.1")
    assert "ok       topics: all exist" in looked.stdout


def test_a_need_that_is_refused_is_told_beforehand(worlds: Worlds) -> None:
    """Doctor says so while `run` would die at its first record; the other topics are made all the same."""
    world = worlds()
    names = {"TOPIC_REPEATS": "loose-repeats"}
    made = world.command("topics", "create", **names)
    looked = world.command("doctor", **names)

    assert (made.returncode, looked.returncode) == (1, 1)
    assert "loose-repeats: could not be made: " in made.stdout
    assert "cleanup.policy=compact is not offered" in made.stdout
    assert f"{world.topics.marks}: exists" in made.stdout
    assert "FAILED   topics: loose-repeats is missing and could not be made" in looked.stdout, looked.stdout


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (("--partitions", "13"), ("at most 12 partitions", "--partitions")),
        (("--replication", "3"), ("lower --replication",)),
    ],
    ids=["partitions", "replication"],
)
def test_what_is_refused_for_each_topic_is_said_for_each(
    worlds: Worlds, option: tuple[str, str], says: tuple[str, ...]
) -> None:
    world = worlds()
    made = world.command("topics", "create", *option, **fresh(world, f"many{option[1]}"))

    assert made.returncode == 1
    lines = made.stdout.splitlines()
    assert sum("could not be made" in line for line in lines) == len(world.topics.all())
    assert all(word in line for word in says for line in lines if "could not be made" in line)


def test_what_doctor_says_of_properties(worlds: Worlds) -> None:
    """Of each that would end the service, or lose records."""
    world = worlds()
    topics = world.topics
    change(world, topics.repeats, "cleanup.policy", "delete")
    change(world, topics.created, "cleanup.policy", "compact")
    change(world, topics.dead_letter, "max.message.bytes", "1000")
    change(world, topics.categorized, "max.message.bytes", "300000")
    change(world, topics.audit, "min.insync.replicas", "2")
    change(world, topics.recategorize, "retention.ms", "60000")
    looked = world.command("doctor")

    assert looked.returncode == 1
    for says in (
        f"FAILED   topics: {topics.repeats} is not compacted",
        f"FAILED   topics: {topics.created} is compacted",
        f"FAILED   topics: {topics.dead_letter} takes no more than 1000 bytes: raise its max.message.bytes",
        f"warning  topics: {topics.categorized} takes no more than 300000 bytes at once",
        f"FAILED   topics: {topics.audit} wants 2 replicas in sync and has 1",
        f"warning  topics: {topics.recategorize} keeps records for 60000 ms",
    ):
        assert says in looked.stdout, looked.stdout
    assert "ok       topics" not in looked.stdout


def test_a_topic_that_may_not_be_described_was_not_created(cluster: Apache, worlds: Worlds) -> None:
    """Neither `topics create` nor `run` takes it for missing or made; and doctor names each ACL that is missing."""
    world = worlds()
    user = USERS[0]
    login = login_of(cluster, user)
    acls = Acls(cluster.address, user)
    unseen = world.topics.created
    seen = [name for name in world.topics.all() if name != unseen]
    acls.allow(Acl(ResourceType.TOPIC, name, AclOperation.DESCRIBE) for name in seen)
    acls.allow([Acl(ResourceType.TOPIC, unseen, AclOperation.CREATE)])
    made, run, looked = (world.command(*words, **login) for words in (("topics", "create"), ("run",), ("doctor",)))
    acls.allow([Acl(ResourceType.TOPIC, unseen, AclOperation.READ)])
    later = world.command("doctor", **login)

    says = f"ACL: DESCRIBE on topic {unseen}"
    assert (made.returncode, run.returncode, looked.returncode, later.returncode) == (1, 2, 1, 1)
    assert f"{unseen}: exists, and may not be described: {says}" in made.stdout
    assert says in run.stderr
    assert f"ACL: READ on topic {unseen}" in looked.stdout
    assert f"may not be seen, so nobody knows whether they exist: {unseen}" in looked.stdout
    for missing in (
        f"WRITE on topic {world.topics.categorized}",
        f"READ on topic {world.topics.recategorize}",
        f"READ on group {world.settings.kafka_group_id}",
        f"WRITE on transactional ids that begin with {world.settings.kafka_group_id}.",
    ):
        assert f"ACL: {missing}" in later.stdout, later.stdout
    [closed] = [line for line in later.stdout.splitlines() if "DESCRIBE_CONFIGS" in line]
    assert unseen in closed


def test_the_lag_is_read_with_the_rights_that_a_role_has(cluster: Apache, worlds: Worlds) -> None:
    """DESCRIBE on the group and READ on the topics; without them the ACL that is missing is named."""
    world, user = worlds(), USERS[0]
    topic, group = world.topics.created, world.settings.kafka_group_id
    world.put([Put(b"x", partition=0)])
    reader = LagReader(settings_of({**world.environment, **login_of(cluster, user)}))
    acls = Acls(cluster.address, user)
    with pytest.raises(BrokerTrouble) as unseen:
        reader.offsets(group, [topic])
    acls.allow([Acl(ResourceType.TOPIC, topic, AclOperation.READ)])
    refused = until(lambda: refusal(reader, group, topic))
    acls.allow([Acl(ResourceType.GROUP, group, AclOperation.DESCRIBE)])
    offsets = until(lambda: read_by(reader, group, topic))
    oldest = until(lambda: reader.oldest({(topic, 0): 0}))
    reader.close()

    assert f"ACL: READ on topic {topic}" in str(unseen.value)
    assert f"ACL: READ on group {group}" in refused
    assert offsets[topic, 0] == (0, 1)
    assert oldest[topic, 0] is not None


def refusal(reader: LagReader, group: str, topic: str) -> str:
    """Why a group's offsets are refused, once its topic is seen."""
    try:
        reader.offsets(group, [topic])
    except BrokerTrouble as error:
        return "" if f"topic {topic}" in str(error) else str(error)
    return ""


def read_by(reader: LagReader, group: str, topic: str) -> dict[tuple[str, int], Offsets]:
    """What a reader reads; nothing while a right that was given has not come everywhere."""
    try:
        return reader.offsets(group, [topic])
    except BrokerTrouble:
        return {}


def test_a_topic_that_grows_is_warned_about_once(worlds: Worlds) -> None:
    """While the service runs, and at its next start; until the topic of repeats has grown too. It is read soon."""
    world = worlds()
    topics = world.topics
    with world.service("--role", "categorizer") as service:
        world.publish(before := tickets("before", 3))
        world.answers_to(ticket["ticket_id"] for ticket in before)
        grow(world, topics.created, PARTITIONS + 2)
        grown_s = time.monotonic()
        world.publish(after := tickets("after", 12))
        answers = world.answers_to(ticket["ticket_id"] for ticket in after)
        took_s = time.monotonic() - grown_s
        told = service.events("topic.grown")
    looked = world.command("doctor")
    with world.service("--role", "categorizer") as service:
        again = until(lambda: service.events("topic.grown"))
    grow(world, topics.repeats, PARTITIONS + 2)
    with world.service("--role", "categorizer") as service:
        world.publish(last := tickets("last", 3))
        world.answers_to(ticket["ticket_id"] for ticket in last)
        silent = service.events("topic.grown")

    counts = {(event["topic"], event["partitions_before"], event["partitions"]) for event in [*told, *again]}
    assert (len(told), len(again), len(silent)) == (1, 1, 0)
    assert max(answer["source"]["partition"] for answer in answers) >= PARTITIONS
    assert took_s < READ_WITHIN_S
    assert counts == {(topics.created, PARTITIONS, PARTITIONS + 2)}
    assert "answered twice" in told[0]["means"]
    assert f"{topics.created} has {PARTITIONS + 2}" in looked.stdout


def login_of(cluster: Apache, user: str) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": cluster.guarded,
        "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "KAFKA_SASL_MECHANISM": "PLAIN",
        "KAFKA_SASL_USERNAME": user,
        "KAFKA_SASL_PASSWORD": PASSWORD,
    }


def admin_of(world: World) -> AdminClient:
    return AdminClient({"bootstrap.servers": world.kafka, "log_level": 2})


def described(world: World, topic: str) -> dict[str, str]:
    resource = ConfigResource(ResourceType.TOPIC, topic)
    client = admin_of(world)
    return {
        name: entry.value for name, entry in client.describe_configs([resource])[resource].result(TIMEOUT_S).items()
    }


def change(world: World, topic: str, name: str, value: str) -> None:
    entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    client = admin_of(world)
    for done in client.incremental_alter_configs(
        [ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])]
    ).values():
        done.result(TIMEOUT_S)


def grow(world: World, topic: str, partitions: int) -> None:
    client = admin_of(world)
    for done in client.create_partitions([NewPartitions(topic, partitions)]).values():
        done.result(TIMEOUT_S)
