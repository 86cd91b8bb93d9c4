"""Settings from the environment, `.env` and files of secrets."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from consumer.config.settings import load_settings, settings_of
from consumer.config.sources import host_name, process_environment
from consumer.errors import ConfigurationError

Set = Callable[..., None]
CANARY = "canary-7f3a"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Set:
    """Replaces the whole environment by the given names, in a working directory without `.env`."""
    for name in os.environ:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def replace(**names: str) -> None:
        for name, value in names.items():
            monkeypatch.setenv(name, value)

    return replace


def _refusal() -> str:
    with pytest.raises(ConfigurationError) as refused:
        load_settings()
    return str(refused.value)


def test_the_defaults_are_those_of_the_contract(environment: Set) -> None:
    """Without any name set, every documented setting has its documented value."""
    environment()
    settings = load_settings()
    expected = {
        "ml_api_url": "", "ml_api_timeout": 10, "performance_alert_threshold_p95": 5.0,
        "performance_alert_threshold_failure_rate": 0.1, "cache_ttl_hours": 1, "cache_max_size": 1000,
        "retry_max_attempts": 3, "retry_initial_delay": 1.0, "retry_max_delay": 30.0, "kafka_group_id": "ticketstream",
        "event_format": "auto", "clickhouse_database": "ticketstream", "ml_batch_size": 32, "ml_max_concurrency": 16,
        "ml_deadline": 30, "ml_unavailable": "degrade", "retry_strategy": "exponential", "min_confidence": 0.6,
        "circuit_breaker_threshold": 5, "circuit_breaker_timeout": 300, "audit_share": 0.02,
        "max_ticket_bytes": 262144,
        "repeats_remembered": 50_000, "overrides": "on", "overrides_max": 100_000, "overrides_days": 180,
        "http_address": "127.0.0.1:8080", "instance_id": "", "log_format": "auto",
        "log_level": "info",
    }  # fmt: skip

    assert expected == {name: getattr(settings, name) for name in expected}
    assert settings.topics.all() == [
        "ticket-created", "ticket-corrected", "ticket-categorized", "ticket-recategorize", "ticket-dead-letter",
        "ticket-audit", "ticket-telemetry", "ticket-alerts", "ticket-repeats", "ticket-overrides",
        "ticket-dead-letter-parked", "ticket-dead-letter-marks",
    ]  # fmt: skip
    assert (settings.output_format, settings.http_host_port) == ("single-object", ("127.0.0.1", 8080))


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("ML_API_URL", "models.example.com", "https://"),
        ("ML_API_URL", "http://[bad", ""),
        ("ML_API_URL", "http://host:99999/", "https://"),
        ("ML_API_TIMEOUT", "soon", "number"),
        ("ML_API_TIMEOUT", "0", "above 0"),
        ("ML_DEADLINE", "inf", "finite"),
        ("ML_DEADLINE", "nan", ""),
        ("CIRCUIT_BREAKER_TIMEOUT", "inf", "finite"),
        ("ML_BATCH_SIZE", "many", "a whole number"),
        ("ML_BATCH_SIZE", "0", "at least 1"),
        ("ML_UNAVAILABLE", "panic", "'degrade' or 'hold'"),
        ("MIN_CONFIDENCE", "60", "at most 1"),
        ("AUDIT_SHARE", "-0.1", "at least 0"),
        ("CACHE_MAX_SIZE", "-1", "at least 0"),
        ("RETRY_STRATEGY", "random", "'exponential', 'linear' or 'fixed'"),
        ("RETRY_INITIAL_DELAY", "31", "RETRY_MAX_DELAY"),
        ("EVENT_FORMAT", "confluent", "SCHEMA_REGISTRY_URL"),
        ("EVENT_FORMAT", "xml", "'single-object'"),
        ("SCHEMA_REGISTRY_URL", "ftp://registry", "https://"),
        ("CLICKHOUSE_DATABASE", "a-b", "must match"),
        ("HTTP_ADDRESS", "8080", "127.0.0.1:8080"),
        ("HTTP_ADDRESS", "localhost:70000", "port 0"),
        ("HTTP_ADDRESS", "localhost:²", "port 0"),
        ("HTTP_HOSTS", "https://tickets.example.com/", "without scheme"),
        ("HTTP_HOSTS", "a.example,*.example", "'*.example'"),
        ("INSTANCE_ID", "../other", "letters"),
        ("KAFKA_GROUP_ID", "", "must not be empty"),
        ("KAFKA_GROUP_ID", "a b", "letters"),
        ("LOG_LEVEL", "loud", "'info'"),
        ("MAX_TICKET_BYTES", "10", "1024"),
        ("TOPIC_CREATED", "", "letters"),
        ("TOPIC_CREATED", "a b", "letters"),
        ("TOPIC_CREATED", "..", "letters"),
        ("TOPIC_CREATED", "ticket-categorized", "TOPIC_CATEGORIZED"),
        ("KAFKA_PRODUCER_ACKS", "1", "remove it"),
        ("ML_API_TOKEN_FILE", "/nowhere", "/nowhere"),
    ],
)
def test_an_impossible_value_is_refused_by_name(environment: Set, name: str, value: str, mend: str) -> None:
    """The message names the setting and what it takes."""
    environment(**{name: value})
    message = _refusal()

    assert name in message
    assert mend in message


def test_every_impossible_value_is_named_at_once(environment: Set) -> None:
    """All are named at once, so that an operator mends them in one round."""
    environment(ML_API_TIMEOUT="0", AUDIT_SHARE="2", LOG_LEVEL="loud")
    message = _refusal()

    assert all(name in message for name in ("ML_API_TIMEOUT", "AUDIT_SHARE", "LOG_LEVEL"))


def test_no_message_and_no_text_form_shows_a_secret(environment: Set, tmp_path: Path) -> None:
    """Secrets stay out of refusals, and out of logs that print the settings."""
    (tmp_path / "token").write_text(CANARY)
    secrets = {
        "ML_API_TOKEN_FILE": str(tmp_path / "token"),
        "SCHEMA_REGISTRY_PASSWORD": CANARY,
        "FINGERPRINT_KEY": CANARY,
        "HTTP_TOKEN": CANARY,
        "KAFKA_SASL_PASSWORD": CANARY,
    }
    environment(**secrets, CLICKHOUSE_URL=f"http://user:{CANARY}@host:8123")
    shown = repr(load_settings()) + str(load_settings())
    environment(CLICKHOUSE_URL=f"ftp://user:{CANARY}@host", ML_API_TIMEOUT="0")

    assert CANARY not in shown
    assert CANARY not in _refusal()


@pytest.mark.parametrize("name", ["CLICKHOUSE_URL", "ML_API_URL", "SCHEMA_REGISTRY_URL"])
@pytest.mark.parametrize(
    "address", [f"http://u:{CANARY}/x@host:81", f"http://u:{CANARY}@℀/p", "http://u:pa{ss}/w@host"]
)
def test_an_address_that_no_parser_takes_is_not_quoted(environment: Set, name: str, address: str) -> None:
    """The parser's own message quotes the part that it cannot read, which may be half a password."""
    environment(**{name: address})
    message = _refusal()

    assert f"{name} is not an http(s) address" in message
    assert CANARY not in message


@pytest.mark.parametrize("name", ["ML_API_TOKEN", "SCHEMA_REGISTRY_PASSWORD", "FINGERPRINT_KEY", "CLICKHOUSE_URL"])
def test_secrets_can_come_from_files(environment: Set, tmp_path: Path, name: str) -> None:
    """`<NAME>_FILE` names a file; its text without the line end is the value."""
    (tmp_path / "secret").write_text("http://u:secret@host:8123\n")
    environment(**{f"{name}_FILE": str(tmp_path / "secret")})

    assert getattr(load_settings(), name.lower()).get_secret_value() == "http://u:secret@host:8123"


def test_an_empty_value_does_not_hide_the_file(environment: Set, tmp_path: Path) -> None:
    """Compose files often pass on an empty variable: the file still counts. A value that is not empty wins."""
    (tmp_path / "token").write_text("from the file")
    environment(ML_API_TOKEN_FILE=str(tmp_path / "token"), ML_API_TOKEN="")
    from_file = load_settings().ml_api_token.get_secret_value()
    environment(ML_API_TOKEN="given")

    assert from_file == "from the file"
    assert load_settings().ml_api_token.get_secret_value() == "given"


def test_a_file_of_a_kafka_password_is_read(environment: Set, tmp_path: Path) -> None:
    """librdkafka's secrets can come from files like the service's own; an unreadable file is named, with the mend."""
    (tmp_path / "password").write_text("secret\n")
    environment(KAFKA_SASL_PASSWORD_FILE=str(tmp_path / "password"))
    found = load_settings().kafka_properties.consumer
    environment(KAFKA_SASL_PASSWORD_FILE=str(tmp_path / "gone"))

    assert found == {"sasl.password": "secret"}
    assert "KAFKA_SASL_PASSWORD_FILE" in _refusal()


def test_the_environment_beats_the_file_of_the_working_directory(environment: Set, tmp_path: Path) -> None:
    """`.env` is read for all kinds of names; the process's own environment wins."""
    (tmp_path / ".env").write_text("ML_BATCH_SIZE=7\nML_API_TIMEOUT=3\nKAFKA_CLIENT_RACK=a\nTOPIC_AUDIT=audits\n")
    environment(ML_API_TIMEOUT="4")
    settings = load_settings()

    assert (settings.ml_batch_size, settings.ml_api_timeout, settings.topics.audit) == (7, 4, "audits")
    assert settings.kafka_properties.consumer == {"client.rack": "a"}
    assert process_environment()["ML_BATCH_SIZE"] == "7"


@pytest.mark.parametrize("name", ["TOPICS", "KAFKA_PROPERTIES"])
@pytest.mark.parametrize("value", ["a,b", '[{}, {"acks": "0"}, []]', "{}"])
def test_a_foreign_name_is_no_setting(environment: Set, name: str, value: str) -> None:
    """Names that only look like fields of the settings change nothing and are no error."""
    environment(**{name: value, "KAFKA_LINGER_MS": "9"})
    settings = load_settings()

    assert settings.topics.created == "ticket-created"
    assert settings.kafka_properties.producer == {"linger.ms": "9"}


def test_a_required_setting_is_asked_for_with_an_example(environment: Set) -> None:
    """The message names what is missing and shows how it is written."""
    environment(CLICKHOUSE_URL="http://host:8123")
    settings = load_settings()
    settings.require("clickhouse_url")

    with pytest.raises(ConfigurationError, match=r"^KAFKA_BOOTSTRAP_SERVERS is not set.*broker-1:9092"):
        settings.require("kafka_bootstrap_servers", "clickhouse_url")


def test_settings_made_from_names_are_like_those_of_the_environment(environment: Set) -> None:
    """They are the settings that a child process reads from these names, with topics and Kafka's properties."""
    names = {"ML_BATCH_SIZE": "5", "TOPIC_CREATED": "t", "KAFKA_CLIENT_RACK": "a", "KAFKA_GROUP_ID": "g"}
    environment()
    made = settings_of(names)
    environment(**names)

    assert made == load_settings()


def test_settings_made_from_names_are_checked_too(environment: Set) -> None:
    """Impossible values are refused by name."""
    environment()

    with pytest.raises(ConfigurationError, match="ML_BATCH_SIZE"):
        settings_of({"ML_BATCH_SIZE": "0"})


@pytest.mark.parametrize(
    ("address", "expected"),
    [("[::1]:0", ("::1", 0)), ("0.0.0.0:80", ("0.0.0.0", 80)), ("localhost:65535", ("localhost", 65535))],  # noqa: S104
)
def test_an_http_address_is_a_host_and_a_port(environment: Set, address: str, expected: tuple[str, int]) -> None:
    """IPv6 addresses are in brackets."""
    environment(HTTP_ADDRESS=address)

    assert expected == load_settings().http_host_port


def test_confluent_framing_follows_the_registry(environment: Set) -> None:
    """EVENT_FORMAT=auto is confluent where there is a registry."""
    environment(SCHEMA_REGISTRY_URL="http://registry:8081")

    assert load_settings().output_format == "confluent"


def test_the_state_lies_where_the_user_keeps_state(environment: Set, tmp_path: Path) -> None:
    """One folder per user and host, so that services started in any directory see each other's names."""
    environment()
    at_home = load_settings().state_dir
    environment(XDG_STATE_HOME=str(tmp_path / "state"))

    assert at_home == tmp_path / ".local" / "state" / "ticketstream"
    assert load_settings().state_dir == tmp_path / "state" / "ticketstream"


def test_a_host_name_is_fit_for_kafka() -> None:
    """For every name of this machine, it holds only characters that a client id may hold."""
    assert all(c.isalnum() or c in "-_" for c in host_name())
    assert host_name()


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("LOG_LEVEL", "INFO", "info"),
        ("LOG_LEVEL", " Warning\n", "warning"),
        ("LOG_FORMAT", "JSON", "json"),
        ("ML_UNAVAILABLE", "Hold", "hold"),
        ("RETRY_STRATEGY", "LINEAR", "linear"),
        ("EVENT_FORMAT", " Single-Object ", "single-object"),
        ("TEXT_CLEANING", "OFF", "off"),
        ("TEXT_CLEANING", "False", "off"),
        ("TEXT_CLEANING", "1", "on"),
        ("ML_BATCH_SIZE", " 12 ", 12),
        ("ML_API_TIMEOUT", "\t2.5", 2.5),
        ("ML_API_URL", " http://model:8000/ ", "http://model:8000/"),
        ("KAFKA_GROUP_ID", " g ", "g"),
        ("TAXONOMY_FILE", " ", None),
        ("AUDIT_SEED", " s ", " s "),
    ],
)
def test_a_value_may_be_written_as_people_write(environment: Set, name: str, written: str, value: object) -> None:
    """Choices in any case, and blanks around everything but seeds and secrets, which they may be part of."""
    environment(**{name: written})

    assert getattr(load_settings(), name.lower()) == value


def test_blanks_around_topics_and_addresses_do_not_count(environment: Set) -> None:
    """Neither around those that may hold a password; a secret itself is taken as it is."""
    environment(TOPIC_AUDIT=" audits ", CLICKHOUSE_URL=" http://host:8123 ", HTTP_TOKEN=" t ")
    settings = load_settings()

    assert settings.topics.audit == "audits"
    assert settings.clickhouse_url.get_secret_value() == "http://host:8123"
    assert settings.http_token.get_secret_value() == " t "
