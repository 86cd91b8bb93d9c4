"""What each role of the service has to be allowed on Kafka, and the commands that allow it. Pure.

`deploy/acl.sh` grants the same without Python; a test compares the two.
"""

import shlex
from collections.abc import Collection, Iterable, Iterator
from typing import Literal, NamedTuple

from consumer.config.settings import Settings
from consumer.kafka.cluster import sink_group

RoleName = Literal["categorizer", "sink", "learner", "all"]
Resource = Literal["topic", "group", "transactional-id"]


class Right(NamedTuple):
    """One thing that has to be allowed.

    Attributes:
        resource: as `kafka-acls` calls its kind.
        name: of the resource; a transactional id stands for all that begin with it.
        operation: as Kafka names it. READ and WRITE include DESCRIBE.
    """

    resource: Resource
    name: str
    operation: str

    def __str__(self) -> str:
        """The right in words."""
        kind = "transactional ids that begin with" if self.resource == "transactional-id" else self.resource
        return f"{self.operation} on {kind} {self.name}"


def rights_of(settings: Settings, role: RoleName) -> tuple[Right, ...]:
    """The least rights of a role; of `all` the sink's part only where there is a ClickHouse."""
    has_clickhouse = bool(settings.clickhouse_url.get_secret_value())
    found: list[Right] = []
    if role in {"categorizer", "all"}:
        found += _of_categorizer(settings)
    if role == "sink" or (role == "all" and has_clickhouse):
        found += _of_sink(settings)
    if role == "sink" or (role != "learner" and has_clickhouse):
        # People judge answers on the page, which every process with a ClickHouse serves.
        found.append(page_right(settings))
    if role != "learner":
        seen = {right.name for right in found if right.resource == "topic"}
        # `run` looks for these at its start.
        found += [Right("topic", name, "DESCRIBE") for name in settings.topics.needed() if name not in seen]
    return tuple(sorted(set(_without_included(found))))


def page_right(settings: Settings) -> Right:
    """What people need who judge answers on the page."""
    return Right("topic", settings.topics.corrected, "WRITE")


def _of_categorizer(settings: Settings) -> Iterator[Right]:
    topics, group = settings.topics, settings.kafka_group_id
    read = [topics.created, topics.recategorize, topics.repeats, topics.alerts, topics.marks]
    if settings.overrides == "on":
        read.append(topics.overrides)
    written = [
        topics.categorized, topics.recategorize, topics.dead_letter, topics.audit, topics.repeats, topics.telemetry,
        topics.alerts,
    ]  # fmt: skip
    yield from (Right("topic", name, "READ") for name in read)
    yield from (Right("topic", name, "WRITE") for name in written)
    yield Right("group", group, "READ")
    yield Right("transactional-id", f"{group}.", "WRITE")


def _of_sink(settings: Settings) -> Iterator[Right]:
    topics, group = settings.topics, sink_group(settings)
    read = [topics.categorized, topics.corrected, topics.telemetry, topics.alerts, topics.marks]
    if settings.texts_kept_days:
        read.append(topics.created)
    written = [topics.dead_letter, topics.telemetry, topics.alerts]
    if settings.overrides == "on":
        written.append(topics.overrides)
    yield from (Right("topic", name, "READ") for name in read)
    yield from (Right("topic", name, "WRITE") for name in written)
    yield Right("group", group, "READ")
    yield Right("transactional-id", f"{group}.", "WRITE")
    # Topics are read without joining a group; the client still looks for the coordinator of this one.
    yield Right("group", settings.kafka_group_id, "DESCRIBE")


def _without_included(rights: Collection[Right]) -> Iterator[Right]:
    more = {(right.resource, right.name) for right in rights if right.operation in {"READ", "WRITE"}}
    yield from (right for right in rights if right.operation != "DESCRIBE" or (right.resource, right.name) not in more)


def grant(settings: Settings, rights: Iterable[Right]) -> str:
    """The `kafka-acls` commands that allow these, for somebody who may change ACLs; joined by `&&`.

    The principal is the login's name; a certificate's is known to the brokers alone, and stands there as `User:NAME`.
    """
    properties = settings.kafka_properties.producer
    user = properties.get("sasl.username") if "SASL" in properties.get("security.protocol", "").upper() else None
    base = ["kafka-acls", "--bootstrap-server", settings.kafka_bootstrap_servers]
    if properties.get("security.protocol", "PLAINTEXT").upper() != "PLAINTEXT":
        base += ["--command-config", "admin.properties"]
    base += ["--add", "--allow-principal", f"User:{user or 'NAME'}"]
    return " && ".join(shlex.join([*base, *_options(right)]) for right in rights)


def _options(right: Right) -> list[str]:
    # As kafka-acls writes them: DescribeConfigs for DESCRIBE_CONFIGS.
    operation = right.operation.title().replace("_", "")
    pattern = ["--resource-pattern-type", "prefixed"] if right.resource == "transactional-id" else []
    return ["--operation", operation, f"--{right.resource}", right.name, *pattern]
