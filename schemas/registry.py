"""The port between the codec and a schema registry."""

from typing import Protocol


class SchemaRegistry(Protocol):
    """A Confluent-compatible schema registry; `consumer.kafka.schema_registry` implements it over HTTP."""

    def schema(self, schema_id: int) -> str:
        """Return the text of the schema with this id.

        Raises:
            KeyError: The registry has no such schema.
            RegistryUnavailable: The registry did not answer.
        """
        ...

    def register(self, subject: str, schema: str) -> int:
        """Return the id of this schema text under the subject; a new text is registered.

        Raises:
            RegistryUnavailable: The registry did not answer.
        """
        ...
