"""The schema registry, asked through its own client."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from consumer.config.settings import Settings
from consumer.errors import ConfigurationError
from schemas.codec import RegistryUnavailable, SchemaRegistry
from schemas.references import self_contained

if TYPE_CHECKING:
    from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

_T = TypeVar("_T")
_NOT_FOUND = 404
MAX_REFERENCES = 128
"""Each costs a request. A type beyond them stays undefined."""


class KafkaSchemaRegistry:
    """`schemas.codec.SchemaRegistry` over Confluent's client, which caches and authenticates."""

    def __init__(self, url: str, user: str = "", password: str = "", *, timeout_s: float = 5.0) -> None:
        client = _client_class()
        # Without a time limit a registry that hangs would hold the stream for ever. Trying again is for those who ask:
        # they have to go on polling meanwhile.
        properties: dict[str, Any] = {"url": url, "timeout": timeout_s, "max.retries": 0}
        if user:
            properties["basic.auth.user.info"] = f"{user}:{password}"
        self._client = client(properties)

    def schema(self, schema_id: int) -> str:
        """The schema with this id, with the types of other subjects to which it refers.

        Raises:
            KeyError: the registry does not know it.
            RegistryUnavailable: the registry cannot be asked now.
        """
        found = _asked(lambda: self._client.get_schema(schema_id))
        if found is None or found.schema_str is None:
            raise KeyError(schema_id)
        texts: list[str] = []
        self._collect(found, set(), texts)
        return self_contained(found.schema_str, texts)

    def _collect(self, schema: "Schema", asked: set[tuple[str, int]], texts: list[str]) -> None:
        """Add the schemas to which this one refers, each behind those to which it refers itself.

        One that the registry does not have is left out: the decoder names the type that is missing.
        """
        for reference in schema.references or ():
            subject, version = reference.subject, reference.version
            if subject is None or version is None or (subject, version) in asked or len(asked) >= MAX_REFERENCES:
                continue
            asked.add((subject, version))
            found = _asked(partial(self._client.get_version, subject, version, deleted=True))
            if found is not None and found.schema.schema_str is not None:
                self._collect(found.schema, asked, texts)
                texts.append(found.schema.schema_str)

    def register(self, subject: str, schema: str) -> int:
        """Register the schema, or find it registered; its id.

        Raises:
            RegistryUnavailable: the registry cannot be asked now, or refuses the schema.
        """
        from confluent_kafka.schema_registry import Schema  # noqa: PLC0415 - an extra

        found = _asked(lambda: self._client.register_schema(subject, Schema(schema, "AVRO")))
        if found is None:
            raise RegistryUnavailable(f"the registry does not take schemas for {subject}")
        return int(found)


def registry_of(settings: Settings) -> SchemaRegistry | None:
    """The registry at `SCHEMA_REGISTRY_URL`; None when the setting is empty."""
    if not settings.schema_registry_url:
        return None
    return KafkaSchemaRegistry(
        settings.schema_registry_url,
        settings.schema_registry_user,
        settings.schema_registry_password.get_secret_value(),
    )


def _asked(question: Callable[[], _T]) -> _T | None:
    """The answer, None where the registry does not know."""
    from confluent_kafka.schema_registry.error import SchemaRegistryError  # noqa: PLC0415 - an extra

    try:
        return question()
    except SchemaRegistryError as error:
        if error.http_status_code == _NOT_FOUND:
            return None
        raise RegistryUnavailable(f"the schema registry answered {error.http_status_code}") from error
    except Exception as error:  # the client lets its HTTP library's own errors through
        raise RegistryUnavailable(f"the schema registry cannot be asked: {type(error).__name__}") from error


def _client_class() -> "type[SchemaRegistryClient]":
    try:
        from confluent_kafka.schema_registry import SchemaRegistryClient  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigurationError(
            "SCHEMA_REGISTRY_URL is set but its client is not installed: pip install 'ticketstream[registry]'"
        ) from error
    return SchemaRegistryClient
