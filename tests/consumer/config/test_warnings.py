"""Settings that are possible one by one, and not together."""

import pytest

from consumer.config.settings import settings_of
from consumer.config.warnings import warnings_of

CANARY = "canary-7f3a"


def _said(**names: str) -> list[str]:
    return warnings_of(settings_of(names), names)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"ML_API_TIMEOUT": "31"}, "ML_API_TIMEOUT is above ML_DEADLINE"),
        ({"ML_DEADLINE": "9"}, "ML_API_TIMEOUT is above ML_DEADLINE"),
        ({"RETRY_INITIAL_DELAY": "30"}, "RETRY_INITIAL_DELAY is not below ML_DEADLINE"),
        ({"MAX_TICKET_BYTES": "1000000"}, "KAFKA_PRODUCER_MESSAGE_MAX_BYTES=1000000"),
        ({"KAFKA_MESSAGE_MAX_BYTES": "100000"}, "KAFKA_PRODUCER_MESSAGE_MAX_BYTES=100000"),
        ({"ML_API_TOKEN": CANARY}, "ML_API_TOKEN is set without ML_API_URL"),
        ({"ML_UNAVAILABLE": "hold"}, "ML_UNAVAILABLE=hold"),
        (
            {"SCHEMA_REGISTRY_USER": CANARY, "SCHEMA_REGISTRY_URL": "http://registry"},
            "SCHEMA_REGISTRY_USER is set without SCHEMA_REGISTRY_PASSWORD",
        ),
        (
            {"SCHEMA_REGISTRY_PASSWORD": CANARY, "SCHEMA_REGISTRY_URL": "http://registry"},
            "SCHEMA_REGISTRY_PASSWORD is set without SCHEMA_REGISTRY_USER",
        ),
        ({"KAFKA_SASL_USERNAME": CANARY, "KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "without KAFKA_SASL_PASSWORD"),
        ({"KAFKA_SASL_PASSWORD": CANARY, "KAFKA_SECURITY_PROTOCOL": "sasl_ssl"}, "without KAFKA_SASL_USERNAME"),
        ({"KAFKA_SASL_USERNAME": CANARY, "KAFKA_SASL_PASSWORD": CANARY}, "KAFKA_SECURITY_PROTOCOL=SASL_SSL"),
        ({"KAFKA_SSL_CA_LOCATION": CANARY}, "KAFKA_SSL_CA_LOCATION is not used"),
        (
            {"HTTP_TOKEN": CANARY, "HTTP_WRITE_TOKEN": CANARY, "CLICKHOUSE_URL": "http://c"},
            "HTTP_WRITE_TOKEN is HTTP_TOKEN",
        ),
        (
            {"HTTP_WRITE_TOKEN": CANARY, "CLICKHOUSE_URL": "http://c", "HTTP_USER_HEADER": "X-User"},
            "HTTP_USER_HEADER is set without HTTP_TRUSTED_PROXIES",
        ),
        ({"HTTP_TRUSTED_PROXIES": "10.0.0.7"}, "HTTP_TRUSTED_PROXIES is set without HTTP_USER_HEADER"),
        (
            {"HTTP_USER_HEADER": "X-User", "HTTP_TRUSTED_PROXIES": "10.0.0.7"},
            "HTTP_USER_HEADER is set without HTTP_WRITE_TOKEN",
        ),
        (
            {
                "HTTP_WRITE_TOKEN": CANARY,
                "CLICKHOUSE_URL": "http://c",
                "HTTP_USER_HEADER": "X-User",
                "HTTP_TRUSTED_PROXIES": "10.0.0.7,::/0",
            },
            "HTTP_TRUSTED_PROXIES holds every address",
        ),
        ({"HTTP_WRITE_TOKEN": CANARY}, "HTTP_WRITE_TOKEN is set without CLICKHOUSE_URL"),
        ({"CLICKHOUSE_UR": CANARY}, "did you mean CLICKHOUSE_URL?"),
        ({"KAFKA_SASL_USERNAM": CANARY}, "did you mean KAFKA_SASL_USERNAME?"),
        ({"KAFKA_HOME": CANARY, "KAFKA_OPTS": CANARY}, "KAFKA_HOME, KAFKA_OPTS"),
        ({"KAFKA_PORT_9092_TCP": CANARY}, "KAFKA_PORT_9092_TCP is ignored: Kubernetes"),
    ],
)
def test_what_is_likely_wrong_is_said_once(names: dict[str, str], words: str) -> None:
    """By the settings' names and with the mend, without the values that may be secrets."""
    [said] = _said(**names)

    assert words in said
    assert CANARY not in said


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"ML_API_TIMEOUT": "30"},
        {"RETRY_INITIAL_DELAY": "30", "RETRY_MAX_ATTEMPTS": "1"},
        {"MAX_TICKET_BYTES": "2000000", "KAFKA_PRODUCER_MESSAGE_MAX_BYTES": "3000000"},
        {"ML_API_TOKEN": "t", "ML_API_URL": "http://model", "ML_UNAVAILABLE": "hold"},
        {
            "HTTP_TOKEN": "look",
            "HTTP_WRITE_TOKEN": "judge",
            "CLICKHOUSE_URL": "http://c",
            "HTTP_USER_HEADER": "X-User",
            "HTTP_TRUSTED_PROXIES": "10.0.0.7",
        },
        {"KAFKA_SASL_USERNAME": "u", "KAFKA_SASL_PASSWORD": "p", "KAFKA_SECURITY_PROTOCOL": " sasl_plaintext"},
        {"KAFKA_SSL_CA_LOCATION": "/ca.pem", "KAFKA_SECURITY_PROTOCOL": "SSL"},
    ],
)
def test_settings_that_agree_are_no_news(names: dict[str, str]) -> None:
    """The defaults, and pairs that are complete."""
    assert _said(**names) == []
