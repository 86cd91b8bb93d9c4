"""What `ticketstream doctor` finds about the topics: whether `run` could go on with them at its first record."""

from collections.abc import Collection, Iterator, Mapping
from typing import Literal, NamedTuple

from consumer.config.settings import Settings
from consumer.kafka import admin
from consumer.kafka.asking import TopicState
from consumer.kafka.refusals import acl

# What a record carries beside its ticket: a dead letter's headers with a long reason among them.
HEADERS_BYTES = 16 * 1024
# An answer with its explanation, a page of remembered repeats, an alert with its detail.
OWN_RECORD_BYTES = 64 * 1024
# librdkafka's default: so much may stand in one batch, whose size a topic's max.message.bytes bounds.
BATCH_BYTES = 1_000_000
_DAY_MS = 24 * 60 * 60 * 1000
SHORT_RETENTION_MS = _DAY_MS


class TopicFinding(NamedTuple):
    """Something that is not as the service needs it."""

    state: Literal["warning", "failed"]
    detail: str


def examine_topics(
    settings: Settings, counts: Mapping[str, int], unseen: Collection[str] = ()
) -> Iterator[TopicFinding]:
    """Everything that could end or hurt the service once it runs.

    Args:
        settings: of the service.
        counts: how many partitions each existing topic has.
        unseen: topics of which nobody knows whether they exist, for want of a right.

    Raises:
        BrokerTrouble: no broker answered.
    """
    states = admin.describe(settings, [name for name in settings.topics.all() if name in counts])
    for name, state in states.items():
        yield from judged(settings, name, state)
    if closed := [name for name, state in states.items() if state.is_closed]:
        grant = acl("DESCRIBE_CONFIGS", "topic", ", ".join(closed))
        yield TopicFinding("warning", f"the properties of topics cannot be checked; {grant}")
    yield from _to_be_made(settings, {*counts, *unseen})
    yield from _grown(settings, counts)


def judged(settings: Settings, name: str, state: TopicState) -> Iterator[TopicFinding]:
    """What is wrong with one topic. Pure."""
    if state.properties is not None:
        yield from _cleanup(settings, name, state.properties)
        yield from _sizes(settings, name, state.properties)
        yield from _copies(name, state.properties, state.replicas)


def _cleanup(settings: Settings, name: str, properties: Mapping[str, str]) -> Iterator[TopicFinding]:
    topics = settings.topics
    policies = {policy.strip() for policy in properties.get("cleanup.policy", "").split(",")} - {""}
    if name in {topics.repeats, topics.overrides, topics.marks}:
        if policies and "compact" not in policies:
            yield TopicFinding("failed", f"{name} is not compacted: set its cleanup.policy to compact")
        elif "delete" in policies:
            yield TopicFinding("warning", f"{name} forgets what is old: set its cleanup.policy to compact alone")
    elif "compact" in policies:
        detail = f"{name} is compacted, and would lose records of one key: set its cleanup.policy to delete"
        yield TopicFinding("failed", detail)
    retention_ms = int(properties.get("retention.ms", "-1"))
    if name in {topics.created, topics.recategorize} and 0 <= retention_ms < SHORT_RETENTION_MS:
        detail = (
            f"{name} keeps records for {retention_ms} ms: tickets that wait longer are lost; raise its retention.ms"
        )
        yield TopicFinding("warning", detail)
    yield from _rebuilding(settings, name, retention_ms)


def _rebuilding(settings: Settings, name: str, retention_ms: int) -> Iterator[TopicFinding]:
    """Whether ClickHouse could be filled again with all that it is to keep."""
    topics = settings.topics
    kept_days = settings.retention_days if name in {topics.categorized, topics.corrected} else 0
    if 0 <= retention_ms < kept_days * _DAY_MS:
        detail = (
            f"{name} keeps records for {retention_ms / _DAY_MS:.1f} days and ClickHouse for RETENTION_DAYS={kept_days}:"
            " `ticketstream rebuild` would bring back less; raise its retention.ms, or keep backups of ClickHouse"
        )
        yield TopicFinding("warning", detail)


def _sizes(settings: Settings, name: str, properties: Mapping[str, str]) -> Iterator[TopicFinding]:
    if "max.message.bytes" not in properties:
        return
    topics, limit = settings.topics, int(properties["max.message.bytes"])
    carries_tickets = name in {topics.created, topics.recategorize, topics.dead_letter, topics.park}
    needed = settings.max_ticket_bytes + HEADERS_BYTES if carries_tickets else OWN_RECORD_BYTES
    batch = min(
        int(settings.kafka_properties.producer.get(key, BATCH_BYTES)) for key in ("batch.size", "message.max.bytes")
    )
    if limit < needed:
        lower = ", or lower MAX_TICKET_BYTES" if carries_tickets else ""
        detail = f"{name} takes no more than {limit} bytes: raise its max.message.bytes to {needed} at least{lower}"
        yield TopicFinding("failed", detail)
    elif limit < batch:
        detail = (
            f"{name} takes no more than {limit} bytes at once, and a batch may have {batch}:"
            f" raise its max.message.bytes, or set KAFKA_PRODUCER_BATCH_SIZE={limit}"
        )
        yield TopicFinding("warning", detail)


def _copies(name: str, properties: Mapping[str, str], replicas: int) -> Iterator[TopicFinding]:
    enough = int(properties.get("min.insync.replicas", "1"))
    if replicas and enough > replicas:
        detail = f"{name} wants {enough} replicas in sync and has {replicas}: lower its min.insync.replicas"
        yield TopicFinding("failed", detail)
    # Of two replicas both would have to be there for each record.
    if replicas > 2 and enough == 1:
        detail = f"{name} is acknowledged by one replica of {replicas}: set its min.insync.replicas to 2"
        yield TopicFinding("warning", detail)
    if replicas > 1 and properties.get("unclean.leader.election.enable") == "true":
        detail = f"{name} may lose what it acknowledged: set its unclean.leader.election.enable to false"
        yield TopicFinding("warning", detail)


def _to_be_made(settings: Settings, known: Collection[str]) -> Iterator[TopicFinding]:
    """Topics that the service or a command makes when it first needs them."""
    topics = settings.topics
    likes = {
        topics.repeats: topics.created, topics.overrides: topics.created, topics.park: topics.dead_letter,
        topics.marks: topics.dead_letter,
    }  # fmt: skip
    unused = {topics.repeats} if not settings.repeats_remembered else set[str]()
    unused |= {topics.overrides} if settings.overrides == "off" else set()
    for name, like in likes.items():
        if name in known or name in unused:
            continue
        made = admin.could_be_made(settings, name, like=like)
        if made.problem:
            # The first record needs these two; the others only commands need.
            is_needed = name in {topics.repeats, topics.overrides}
            state: Literal["warning", "failed"] = "failed" if is_needed else "warning"
            yield TopicFinding(
                state, f"{name} is missing and {made.problem}; or let somebody with the right make it beforehand"
            )
        for wish, reason in made.left_out.items():
            yield TopicFinding("warning", f"{name} would be made without {wish}: {reason}")


def _grown(settings: Settings, counts: Mapping[str, int]) -> Iterator[TopicFinding]:
    created, repeats = settings.topics.created, settings.topics.repeats
    if 0 < counts.get(repeats, 0) < counts.get(created, 0):
        detail = (
            f"{created} has {counts[created]} partitions and had {counts[repeats]} when {repeats} was made: keys have"
            f" moved, so repeats across that growth are answered twice, and a key's order broke; this is said until"
            f" {repeats} has {counts[created]} partitions too"
        )
        yield TopicFinding("warning", detail)
