"""Every setting of the service, read once at the start; `sources.py` says from where.

Names and defaults are part of the public contract: their meaning never changes.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from consumer.config.host_names import HostNames
from consumer.config.kafka_properties import KafkaProperties, parse_kafka_properties
from consumer.config.llm_settings import LlmSettings
from consumer.config.names import UnknownName, unknown_names
from consumer.config.routes import problems
from consumer.config.sources import (
    MADE_OF_SEVERAL,
    SECRET_SUFFIX,
    FromEnvironment,
    default_state_dir,
    process_environment,
    read_secret,
)
from consumer.config.ticket_link import TicketLink
from consumer.config.trusted_proxies import HeaderName, Networks
from consumer.config.values import as_meant, explain
from consumer.errors import ConfigurationError
from network.proxies import Proxies, proxies_of


class Topics(FromEnvironment):
    """Topic names; each can be changed by `TOPIC_<SUFFIX>`."""

    model_config = SettingsConfigDict(env_prefix="TOPIC_", extra="ignore", frozen=True)

    created: str = "ticket-created"
    corrected: str = "ticket-corrected"
    categorized: str = "ticket-categorized"
    recategorize: str = "ticket-recategorize"
    dead_letter: str = "ticket-dead-letter"
    audit: str = "ticket-audit"
    telemetry: str = "ticket-telemetry"
    alerts: str = "ticket-alerts"
    repeats: str = "ticket-repeats"
    overrides: str = "ticket-overrides"
    park: str = "ticket-dead-letter-parked"
    marks: str = "ticket-dead-letter-marks"

    @field_validator("*", mode="before")
    @classmethod
    def _as_meant(cls, value: object) -> object:
        return as_meant(value, "", str)

    def all(self) -> list[str]:
        """Every topic that the service reads or writes, in the order of the contract's table."""
        return list(self.model_dump().values())

    def needed(self) -> list[str]:
        """The topics that must exist before the service starts; it creates the others when it first needs them."""
        return list(self.model_dump(exclude={"repeats", "overrides", "park", "marks"}).values())


class Settings(FromEnvironment):
    """The service's settings; field names are the environment's names in lower case."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    kafka_bootstrap_servers: str = ""
    kafka_group_id: str = Field(default="ticketstream", min_length=1)
    # May hold passwords.
    kafka_properties: KafkaProperties = Field(default_factory=lambda: KafkaProperties({}, {}, ()), repr=False)
    topics: Topics = Field(default_factory=Topics)

    # Addresses may hold passwords.
    schema_registry_url: str = Field(default="", repr=False)
    schema_registry_user: str = ""
    schema_registry_password: SecretStr = SecretStr("")
    schema_registry_auto_register: bool = True
    schema_registry_ca_file: str = ""
    schema_registry_client_cert_file: str = ""
    schema_registry_client_key_file: str = ""
    event_format: Literal["auto", "confluent", "single-object", "json"] = "auto"

    clickhouse_url: SecretStr = SecretStr("")
    clickhouse_database: str = Field(default="ticketstream", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")

    clickhouse_ca_file: str = ""
    clickhouse_client_cert_file: str = ""
    clickhouse_client_key_file: str = ""

    ml_api_url: str = Field(default="", repr=False)
    ml_api_token: SecretStr = SecretStr("")
    ml_api_ca_file: str = ""
    ml_api_client_cert_file: str = ""
    ml_api_client_key_file: str = ""
    ml_api_timeout: float = Field(default=10, gt=0)
    ml_batch_size: int = Field(default=32, ge=1, le=1000)
    ml_max_concurrency: int = Field(default=16, ge=1, le=256)
    ml_deadline: float = Field(default=30, gt=0)
    ml_unavailable: Literal["degrade", "hold"] = "degrade"

    retry_max_attempts: int = Field(default=3, ge=1)
    retry_initial_delay: float = Field(default=1.0, ge=0)
    retry_max_delay: float = Field(default=30.0, ge=0)
    retry_strategy: Literal["exponential", "linear", "fixed"] = "exponential"
    circuit_breaker_threshold: int = Field(default=5, ge=0)
    circuit_breaker_timeout: float = Field(default=300, gt=0)

    cache_ttl_hours: float = Field(default=1, gt=0)
    cache_max_size: int = Field(default=1000, ge=0)
    fingerprint_key: SecretStr = SecretStr("")
    text_cleaning: Literal["on", "off"] = "on"

    min_confidence: float = Field(default=0.6, ge=0, le=1)
    taxonomy_file: Path | None = None
    threshold_policy: Path | None = None
    audit_share: float = Field(default=0.02, ge=0, le=1)
    audit_seed: str = ""
    order: Literal["ticket", "partition"] = "ticket"
    repeats_remembered: int = Field(default=50_000, ge=0)
    overrides: Literal["on", "off"] = "on"
    overrides_max: int = Field(default=100_000, ge=1)
    overrides_days: int = Field(default=180, ge=0, le=36_500)
    max_ticket_bytes: int = Field(default=262_144, ge=1024)
    dlq_flood_run: int = Field(default=1000, ge=0)
    dlq_flood_share: float = Field(default=0.5, ge=0, le=1)

    performance_alert_threshold_p95: float = Field(default=5.0, gt=0)
    performance_alert_threshold_failure_rate: float = Field(default=0.1, ge=0, le=1)

    texts_kept_days: int = Field(default=0, ge=0, le=36_500)
    retention_days: int = Field(default=0, ge=0, le=36_500)

    ticket_url: TicketLink = ""
    review_twice_share: float = Field(default=0.05, ge=0, le=1)

    models_folder: Path | None = None
    learn_every_hours: float = Field(default=24, ge=0, le=876_000)
    learn_after_judgements: int = Field(default=200, ge=0)
    learn_seed: Path | None = None
    alert_accuracy_drop: float = Field(default=0.05, ge=0, le=1)
    alert_confidence_drift: float = Field(default=0.1, ge=0, le=1)
    # Addresses of chats and mailboxes hold passwords.
    alert_urls: SecretStr = SecretStr("")

    # From HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
    proxies: Proxies = Field(default_factory=lambda: Proxies({}), repr=False)

    http_address: str = "127.0.0.1:8080"
    http_hosts: HostNames = ""
    http_token: SecretStr = SecretStr("")
    http_write_token: SecretStr = SecretStr("")
    http_user_header: HeaderName = ""
    http_trusted_proxies: Networks = ""
    state_dir: Path = Field(default_factory=default_state_dir)
    instance_id: str = ""
    log_format: Literal["auto", "json", "console"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("*", mode="before")
    @classmethod
    def _as_meant(cls, value: object, info: ValidationInfo) -> object:
        return as_meant(value, str(info.field_name), cls.model_fields[str(info.field_name)].annotation)

    @field_validator("http_address")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
            raise ValueError("is not host:port; write it like 127.0.0.1:8080, or port 0 for a free one")
        return value

    @field_validator("instance_id", "kafka_group_id")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        if value and not all(c.isalnum() or c in "._-" for c in value):
            raise ValueError("may hold letters, digits, dot, dash and underscore only")
        return value

    @model_validator(mode="after")
    def _topics_are_distinct(self) -> Self:
        owner: dict[str, str] = {}
        for suffix, topic in self.topics.model_dump().items():
            setting = f"TOPIC_{suffix.upper()}"
            if not _TOPIC.fullmatch(topic) or topic in {".", ".."}:
                raise ValueError(f"{setting} is not a topic name; write letters, digits, dot, dash and underscore")
            if topic in owner:
                raise ValueError(f"{setting} and {owner[topic]} are both {topic}; give them different topics")
            owner[topic] = setting
        return self

    @model_validator(mode="after")
    def _servers_can_be_asked(self) -> Self:
        if found := problems(self):
            raise ValueError("; ".join(found))
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.event_format == "confluent" and not self.schema_registry_url:
            raise ValueError("EVENT_FORMAT=confluent needs SCHEMA_REGISTRY_URL; set it, or use single-object")
        if self.retry_initial_delay > self.retry_max_delay:
            raise ValueError("RETRY_INITIAL_DELAY is above RETRY_MAX_DELAY; lower the first or raise the second")
        return self

    @cached_property
    def output_format(self) -> Literal["confluent", "single-object", "json"]:
        """The format to write; `EVENT_FORMAT=auto` depends on whether there is a schema registry."""
        if self.event_format == "auto":
            return "confluent" if self.schema_registry_url else "single-object"
        return self.event_format

    @cached_property
    def http_host_port(self) -> tuple[str, int]:
        host, _, port = self.http_address.rpartition(":")
        return host.strip("[]"), int(port)

    def require(self, *names: str) -> None:
        """Check that these settings are not empty.

        Raises:
            ConfigurationError: one of them is empty; the message names it and an example.
        """
        for name in names:
            value = getattr(self, name)
            if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
                raise ConfigurationError(f"{name.upper()} is not set. {_EXAMPLES[name]}")


# Kafka's own rule for topic names.
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
_EXAMPLES = {
    "kafka_bootstrap_servers": "Name the brokers, for example KAFKA_BOOTSTRAP_SERVERS=broker-1:9092,broker-2:9092; "
    "`ticketstream sandbox` starts one on this machine, with `--project .` for the project in this folder.",
    "models_folder": "Name the folder of models, for example MODELS_FOLDER=models or --models models; "
    "`python -m classifier serve --models models` serves the champion of it.",
    "clickhouse_url": "Name the server, for example CLICKHOUSE_URL=http://user:password@host:8123; "
    "`ticketstream sandbox` starts one on this machine, with `--project .` for the project in this folder.",
}


def load_settings() -> Settings:
    """Read the environment and `.env` of the working directory.

    Raises:
        ConfigurationError: a value is impossible; the message names each such setting and shows no secret.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigurationError(explain(error)) from None


def settings_of(names: Mapping[str, str]) -> Settings:
    """The settings, with these names taken before those of the process's environment.

    Raises:
        ConfigurationError: as `load_settings`.
    """
    fields = {name: names[name.upper()] for name in Settings.model_fields if name.upper() in names}
    topics = {name: names[f"TOPIC_{name.upper()}"] for name in Topics.model_fields if f"TOPIC_{name.upper()}" in names}
    properties = parse_kafka_properties(names, {name.upper() for name in Settings.model_fields}, read_secret)
    try:
        return Settings.model_validate(
            {
                **fields,
                "topics": Topics(**topics),
                "kafka_properties": properties,
                "proxies": proxies_of({**process_environment(), **names}),
            }
        )
    except ValidationError as error:
        raise ConfigurationError(explain(error)) from None


def unread_names(names: Mapping[str, str]) -> tuple[UnknownName, ...]:
    """Which of these names are meant for us, and nobody reads them."""
    own = {name.upper() for name in (Settings.model_fields | LlmSettings.model_fields).keys() - MADE_OF_SEVERAL}
    topics = {f"TOPIC_{suffix.upper()}" for suffix in Topics.model_fields}
    return unknown_names(names, own | topics | {name + SECRET_SUFFIX for name in own})
