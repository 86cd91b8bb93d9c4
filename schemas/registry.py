"""The port through which the codec asks a schema registry."""

from typing import Protocol


class SchemaRegistry(Protocol):
    """A Confluent-compatible schema registry. The adapter that talks to a real one lives elsewhere."""

    def schema(self, schema_id: int) -> str:
        """Return the text of the schema with this id.

        Raises:
            KeyError: The registry answered that it has no such schema.
            RegistryUnavailable: The registry could not be asked.
        """
        ...

    def register(self, subject: str, schema: str) -> int:
        """Return the id of this schema text under the subject, registering it when it is new.

        Raises:
            RegistryUnavailable: The registry could not be asked.
        """
        ...
