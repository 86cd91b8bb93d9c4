"""librdkafka properties in the environment."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.config.kafka_properties import (
    CONSUMER_ONLY,
    PRODUCER_ONLY,
    PROMISED,
    SECRETS,
    KafkaProperties,
    UnknownProperty,
    parse_kafka_properties,
)
from consumer.config.kafka_properties import OURS as PROPERTIES_OF_OURS
from consumer.config.librdkafka_names import ALIASES, PROPERTIES
from consumer.config.settings import Settings
from consumer.errors import ConfigurationError
from tests.support.librdkafka import shown_properties

OURS = {name.upper() for name in Settings.model_fields}
# Of both clients, made of no other setting, and free to be changed.
SHARED = PROPERTIES - CONSUMER_ONLY - PRODUCER_ONLY - PROMISED - SECRETS - PROPERTIES_OF_OURS.keys()
properties = st.sampled_from(sorted(SHARED))


def _parse(**names: str) -> KafkaProperties:
    return parse_kafka_properties(names, OURS, lambda name, path: f"what {name} holds in {path}")


def _upper(key: str) -> str:
    return key.upper().replace(".", "_")


@given(properties, st.text())
def test_any_property_is_passed_to_both_clients(key: str, value: str) -> None:
    """KAFKA_<PROPERTY> becomes the property with dots; its value is not changed."""
    found = _parse(**{f"KAFKA_{_upper(key)}": value})

    assert (found.consumer, found.producer) == ({key: value}, {key: value})


@given(properties, st.permutations(["KAFKA_", "KAFKA_CONSUMER_", "KAFKA_PRODUCER_"]))
def test_the_name_for_one_client_beats_the_name_for_both(key: str, prefixes: list[str]) -> None:
    """The order of the environment's names does not matter."""
    found = _parse(**{prefix + _upper(key): prefix for prefix in prefixes})

    assert (found.consumer[key], found.producer[key]) == ("KAFKA_CONSUMER_", "KAFKA_PRODUCER_")


def test_a_property_goes_to_the_client_that_has_it() -> None:
    """A consumer's property is not given to the producer, which would warn of it at every start, nor the reverse."""
    found = _parse(KAFKA_PARTITION_ASSIGNMENT_STRATEGY="range", KAFKA_LINGER_MS="20")

    assert (found.consumer, found.producer) == ({"partition.assignment.strategy": "range"}, {"linger.ms": "20"})


@pytest.mark.parametrize("prefix", ["KAFKA_", "KAFKA_CONSUMER_", "KAFKA_PRODUCER_"])
@pytest.mark.parametrize("key", sorted(PROMISED))
def test_what_the_promise_rests_on_is_refused_by_name(prefix: str, key: str) -> None:
    """The message names the variable, the property and the mend, but not the value."""
    name = prefix + _upper(key)
    with pytest.raises(ConfigurationError) as refused:
        _parse(**{name: "canary"})

    assert name in str(refused.value)
    assert f"sets {key}" in str(refused.value)
    assert "remove it" in str(refused.value)
    assert "canary" not in str(refused.value)


def test_the_promise_rests_on_these() -> None:
    """The contract's list, and the other name that librdkafka has for acks."""
    assert {
        "acks",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "enable.idempotence",
        "isolation.level",
        "request.required.acks",
        "transactional.id",
    } == PROMISED


KUBERNETES: Mapping[str, str] = {
    "KAFKA_SERVICE_HOST": "10.0.0.1",
    "KAFKA_SERVICE_PORT": "9092",
    "KAFKA_SERVICE_PORT_TCP_CLIENT": "9092",
    "KAFKA_PORT": "tcp://10.0.0.1:9092",
    "KAFKA_PORT_9092_TCP": "tcp://10.0.0.1:9092",
    "KAFKA_PORT_9092_TCP_ADDR": "10.0.0.1",
    "KAFKA_PORT_9092_TCP_PORT": "9092",
    "KAFKA_PORT_9092_TCP_PROTO": "tcp",
    "KAFKA_UI_SERVICE_HOST": "10.0.0.2",
    "KAFKA_UI_PORT_8080_TCP_ADDR": "10.0.0.2",
    "KAFKA_BROKER_0_SERVICE_PORT": "9092",
}


def test_names_that_kubernetes_injects_are_no_properties() -> None:
    """Kubernetes injects names for services called kafka or kafka-ui; they are ignored and reported as ignored."""
    found = _parse(**KUBERNETES, KAFKA_CLIENT_RACK="a")

    assert found.ignored == tuple(sorted(KUBERNETES))
    assert (found.consumer, found.producer) == ({"client.rack": "a"}, {"client.rack": "a"})


def test_settings_of_our_own_are_no_properties() -> None:
    """KAFKA_GROUP_ID, KAFKA_BOOTSTRAP_SERVERS and names without the prefix are not passed to librdkafka."""
    found = _parse(KAFKA_GROUP_ID="g", KAFKA_GROUP_ID_FILE="/g", KAFKA_BOOTSTRAP_SERVERS="b:9092", PATH="/bin")

    assert found == KafkaProperties({}, {}, ())


@pytest.mark.parametrize("key", sorted(SECRETS))
def test_a_secret_can_come_from_a_file(key: str) -> None:
    """KAFKA_SASL_PASSWORD_FILE and its like are read; the value itself, when given too, beats the file."""
    name = f"KAFKA_{_upper(key)}"
    from_file = _parse(**{f"{name}_FILE": "/secret"})
    both = _parse(**{f"{name}_FILE": "/secret", name: "given"})

    assert from_file.consumer == from_file.producer == {key: f"what {name}_FILE holds in /secret"}
    assert both.producer == {key: "given"}


def test_a_property_that_ends_in_file_is_one() -> None:
    """librdkafka reads this file itself."""
    found = _parse(KAFKA_SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_FILE="/key.pem")

    assert found.producer == {"sasl.oauthbearer.assertion.private.key.file": "/key.pem"}


@pytest.mark.parametrize(
    "name",
    ["KAFKA_HOME", "KAFKA_OPTS", "KAFKA_HEAP_OPTS", "KAFKA_LOG4J_OPTS", "KAFKA_JMX_PORT", "KAFKA_BROKER_ID",
     "KAFKA_ADVERTISED_LISTENERS", "KAFKA_LOG_DIRS", "KAFKA_AUTO_CREATE_TOPICS_ENABLE", "KAFKA_CFG_NODE_ID",
     "KAFKA_CONSUMER_FOO", "KAFKA_"],
)  # fmt: skip
def test_names_of_other_programs_are_no_properties(name: str) -> None:
    """Kafka's own scripts and images read them: they are ignored, and told by name without a guess."""
    found = _parse(**{name: "/opt/kafka", "KAFKA_CLIENT_RACK": "a"})

    assert (found.consumer, found.producer) == ({"client.rack": "a"}, {"client.rack": "a"})
    assert found.unknown == ((name, ""),)


@pytest.mark.parametrize(
    ("name", "likely"),
    [
        ("KAFKA_SASL_USERNAM", "KAFKA_SASL_USERNAME"),
        ("KAFKA_SASL_PASWORD_FILE", "KAFKA_SASL_PASSWORD_FILE"),
        ("KAFKA_BOOTSTRAP_SERVER", "KAFKA_BOOTSTRAP_SERVERS"),
        ("KAFKA_BROKERS", "KAFKA_BOOTSTRAP_SERVERS"),
        ("KAFKA_GROUPID", "KAFKA_GROUP_ID"),
        ("KAFKA_LINGER", "KAFKA_LINGER_MS"),
        ("KAFKA_PRODUCER_COMPRESION_TYPE", "KAFKA_PRODUCER_COMPRESSION_TYPE"),
        ("KAFKA_CONSUMER_FETCH_MAX_BYTE", "KAFKA_CONSUMER_FETCH_MAX_BYTES"),
        ("KAFKA_SECURITY_PROTOCOLL", "KAFKA_SECURITY_PROTOCOL"),
    ],
)
def test_a_misspelt_property_is_told_with_the_likely_one(name: str, likely: str) -> None:
    """It is ignored like the others."""
    found = _parse(**{name: "canary"})

    assert found == KafkaProperties({}, {}, (), (UnknownProperty(name, likely),))
    assert f"did you mean {likely}?" in str(found.unknown[0])
    assert "canary" not in str(found.unknown[0])


def test_the_known_properties_are_those_of_the_library_that_is_installed() -> None:
    """A new version may have others: the list, and its aliases, are then brought up to date."""
    table = shown_properties()
    # Functions and objects have an underscore, or are pointers; no environment can give them.
    named = {name for name in table if "_" not in name} - {"interceptors", "opaque"}

    assert named == PROPERTIES
    assert {name: meant for name, meant in table.items() if meant and name != meant} == ALIASES
