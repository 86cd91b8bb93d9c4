"""Topics are made as the contract says: what the service needs of them, and what is only good for them."""

from collections.abc import Mapping
from typing import NamedTuple

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.cimpl import NewTopic

from consumer.config.settings import Settings
from consumer.kafka.asking import Administration
from consumer.kafka.refusals import Asked, acl

_DAY_MS = 24 * 60 * 60 * 1000
DEAD_LETTER_RETENTION_MS = 365 * _DAY_MS
BROKERS_DEFAULT = -1
# One request; a second one while the first is under way would find the topic made by another.
MAKE_S = 10.0
# Small segments, so that little is left to read that compaction has not seen yet.
COMPACTING: Mapping[str, str] = {
    "segment.bytes": str(4 * 1024 * 1024),
    "segment.ms": str(60 * 60 * 1000),
    "min.cleanable.dirty.ratio": "0.1",
}
# What a cluster answers to a property that it does not take. Those that are managed have rules of their own.
_PROPERTY_REFUSED = frozenset(
    {
        KafkaError.INVALID_CONFIG,  # the value is out of bounds, or there is no such property
        KafkaError.POLICY_VIOLATION,  # a rule of the cluster's own
        KafkaError.INVALID_REQUEST,  # the same, from some managed clusters
        KafkaError.UNKNOWN,  # the same, from brokers that did not foresee it
    }
)
_MENDS = {
    KafkaError.INVALID_REPLICATION_FACTOR: "the cluster has fewer brokers than that: lower --replication",
    KafkaError.INVALID_PARTITIONS: "lower --partitions",
    KafkaError.POLICY_VIOLATION: "choose --partitions and --replication that the cluster allows",
    KafkaError.TOPIC_EXCEPTION: "choose another name with TOPIC_CREATED and its like",
}


class Properties(NamedTuple):
    """The properties of a topic that differ from those of the cluster.

    Attributes:
        needs: without them the service does not do what it promises.
        wishes: good for it; a cluster may refuse them.
    """

    needs: Mapping[str, str]
    wishes: Mapping[str, str]


class TopicMade(NamedTuple):
    """What became of one topic that was to exist.

    Attributes:
        name: its name.
        partitions: how many it has; None when it could not be made, or may not be seen.
        existed: whether it was there before.
        left_out: properties that the cluster refused, with its reason; the topic has the cluster's own values.
        problem: why it is not there, or cannot be used, and the mend; empty when all is well.
    """

    name: str
    partitions: int | None
    existed: bool
    left_out: Mapping[str, str] = {}
    problem: str = ""


def properties_of(settings: Settings, name: str) -> Properties:
    """What a topic of the service is made with."""
    topics = settings.topics
    if name in {topics.repeats, topics.overrides, topics.marks}:
        return Properties({"cleanup.policy": "compact"}, COMPACTING)
    kept = {"retention.ms": str(DEAD_LETTER_RETENTION_MS)} if name in {topics.dead_letter, topics.park} else {}
    # Nearly every cluster does so by itself; doctor looks whether it does.
    return Properties({}, {"cleanup.policy": "delete", **kept})


class Making:
    """Makes one topic, with as many of the wishes as the cluster takes."""

    def __init__(
        self, asking: Administration, settings: Settings, name: str, partitions: int, replication: int
    ) -> None:
        self._asking = asking
        self._name = name
        self._partitions = partitions
        self._replication = replication
        self._properties = properties_of(settings, name)

    def made(self) -> TopicMade:
        """Make it."""
        return self._outcome(is_trial=False)

    def tried(self) -> TopicMade:
        """Have the cluster judge it without making it."""
        return self._outcome(is_trial=True)

    def _outcome(self, *, is_trial: bool) -> TopicMade:
        wishes = dict(self._properties.wishes)
        error = self._request(wishes, is_trial=is_trial)
        left_out: dict[str, str] = {}
        while error is not None and wishes and error.code() in _PROPERTY_REFUSED:
            left_out |= self._refused(wishes, error)
            wishes = {name: value for name, value in wishes.items() if name not in left_out}
            error = self._request(wishes, is_trial=is_trial)
        if error is not None and error.code() == KafkaError.TOPIC_ALREADY_EXISTS:
            return self._existing()
        if error is not None:
            return TopicMade(self._name, None, existed=False, problem=f"could not be made: {self._explained(error)}")
        return TopicMade(self._name, self._partitions, existed=False, left_out=left_out)

    def _existing(self) -> TopicMade:
        """It was made by another at this moment, or this principal may not see it."""
        count = self._asking.topics().get(self._name)
        if count is None and self._asking.hidden([self._name]):
            problem = f"exists, and may not be described: {acl('DESCRIBE', 'topic', self._name)}"
            return TopicMade(self._name, None, existed=True, problem=problem)
        return TopicMade(self._name, count, existed=True)

    def _refused(self, wishes: Mapping[str, str], error: KafkaError) -> dict[str, str]:
        """The wishes that the cluster refuses: those that it names, or refuses one by one, or else all of them."""
        named = {name: error.str() for name in wishes if name in error.str()}
        if named:
            return named
        alone = {name: self._request({name: value}, is_trial=True) for name, value in wishes.items()}
        refused = {name: found.str() for name, found in alone.items() if found is not None}
        return refused or dict.fromkeys(wishes, error.str())

    def _request(self, wishes: Mapping[str, str], *, is_trial: bool) -> KafkaError | None:
        topic = NewTopic(self._name, self._partitions, self._replication, config={**self._properties.needs, **wishes})

        def ask(_: float) -> None:
            asked = self._asking.client.create_topics([topic], request_timeout=MAKE_S, validate_only=is_trial)
            asked[self._name].result()

        try:
            self._asking.asked(ask)
        except KafkaException as error:
            found: KafkaError = error.args[0]
            return found
        return None

    def _explained(self, error: KafkaError) -> str:
        mend = _MENDS.get(error.code(), "")
        detail = self._asking.explained(error, Asked(made=[self._name]))
        return f"{detail}; {mend}" if mend else detail
