"""Names of the environment that nobody reads."""

import pytest

from consumer.config.settings import unread_names

CANARY = "canary-7f3a"


@pytest.mark.parametrize(
    ("name", "likely"),
    [
        ("CLICKHOUSE_UR", "CLICKHOUSE_URL"),
        ("CLICKHOUSE_UR_FILE", "CLICKHOUSE_URL_FILE"),
        ("CLICKHUOSE_URL", "CLICKHOUSE_URL"),
        ("CLICKHOUSE_USER", "CLICKHOUSE_URL"),
        ("ML_BATCHSIZE", "ML_BATCH_SIZE"),
        ("ml_batchsize", "ML_BATCH_SIZE"),
        ("ML_API_TOKN_FILE", "ML_API_TOKEN_FILE"),
        ("TOPIC_CREATE", "TOPIC_CREATED"),
        ("TOPIC_DEADLETTER", "TOPIC_DEAD_LETTER"),
        ("ALERT_URL", "ALERT_URLS"),
        ("HTTP_ADRESS", "HTTP_ADDRESS"),
        ("RETRY_ATTEMPTS", "RETRY_MAX_ATTEMPTS"),
        ("RETRY_INITIALDELAY", "RETRY_INITIAL_DELAY"),
        ("SCHEMA_REGISTRY_URI", "SCHEMA_REGISTRY_URL"),
        ("SCHEMA_REGISTRY_PASS", "SCHEMA_REGISTRY_PASSWORD"),
        ("DLQ_FLOODRUN", "DLQ_FLOOD_RUN"),
        ("CACHE_SIZE", "CACHE_MAX_SIZE"),
        ("CACHE_TTL", "CACHE_TTL_HOURS"),
        ("CIRCUIT_BREAKER_TRESHOLD", "CIRCUIT_BREAKER_THRESHOLD"),
        ("PERFORMANCE_ALERT_P95", "PERFORMANCE_ALERT_THRESHOLD_P95"),
        ("LOG_LEVLE", "LOG_LEVEL"),
        ("INSTANCEID", "INSTANCE_ID"),
        ("MIN_CONFIDENCE_THRESHOLD", "MIN_CONFIDENCE"),
        # Nothing is like these, and they begin like ours.
        ("CIRCUIT_BREAKER_ENABLED", ""),
        ("DLQ_TOPIC", ""),
    ],
)
def test_a_name_that_is_meant_for_us_is_told_with_the_likely_one(name: str, likely: str) -> None:
    """The sentence holds the name and the guess, and no value."""
    [found] = unread_names({name: CANARY})

    assert (found.name, found.likely) == (name, likely)
    assert name in str(found)
    assert (f"did you mean {likely}?" in str(found)) == bool(likely)
    assert CANARY not in str(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ML_API_URL", "http://model"),
        ("ml_api_url", "http://model"),
        ("ML_API_TOKEN_FILE", "/run/secrets/token"),
        ("TAXONOMY_FILE", "/taxonomy.toml"),
        ("TOPIC_DEAD_LETTER", "letters"),
        # Of Kubernetes and Docker, for services of these names.
        ("CLICKHOUSE_SERVICE_HOST", "10.0.0.1"),
        ("CLICKHOUSE_SERVICE_PORT", "8123"),
        ("CLICKHOUSE_SERVICE_PORT_HTTP", "8123"),
        ("CLICKHOUSE_PORT", "tcp://10.0.0.1:8123"),
        ("CLICKHOUSE_PORT_8123_TCP", "tcp://10.0.0.1:8123"),
        ("CLICKHOUSE_PORT_8123_TCP_ADDR", "10.0.0.1"),
        ("CLICKHOUSE_NAME", "/app/clickhouse"),
        ("CLICKHOUSE_ENV_CLICKHOUSE_USER", "u"),
        ("ML_API_SERVICE_HOST", "10.0.0.2"),
        ("ML_API_PORT", "tcp://10.0.0.2:80"),
        ("SCHEMA_REGISTRY_SERVICE_PORT", "8081"),
        ("CACHE_PORT_6379_TCP_PROTO", "tcp"),
        # Of other programs.
        ("HTTP_PROXY", "http://proxy"),
        ("http_proxy", "http://proxy"),
        ("HTTPS_PROXY", "http://proxy"),
        ("NO_PROXY", "localhost"),
        ("HTTP_PORT", "80"),
        ("LOG_DIR", "/var/log"),
        ("LOG_FILE", "/var/log/x"),
        ("LOG_LEVEL_ROOT", "info"),
        ("STATE_DIRECTORY", "/var/lib/x"),
        ("CACHE_DIRECTORY", "/var/cache/x"),
        ("CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT", "1"),
        ("SCHEMA_REGISTRY_HOST_NAME", "registry"),
        ("SCHEMA_REGISTRY_KAFKASTORE_BOOTSTRAP_SERVERS", "kafka:9092"),
        ("MLFLOW_TRACKING_URI", "x"),
        ("ALERTMANAGER_URL", "x"),
        ("KAFKA_HOME", "/opt/kafka"),
        ("PATH", "/bin"),
        ("HOME", "/root"),
    ],
)
def test_all_other_names_are_left_alone(name: str, value: str) -> None:
    """Settings, what an orchestrator sets for every service, and what other programs read."""
    assert unread_names({name: value}) == ()
