"""What can be wrong with a record, and with the place where its schema is kept."""

from typing import Literal

Reason = Literal["bad_framing", "unknown_schema", "schema_mismatch", "invalid_field", "too_large", "tombstone"]


class BadRecord(ValueError):
    """The record itself is at fault: trying again cannot help, so it belongs in the dead letters.

    Attributes:
        reason: One of the contract's reasons, for the header `ts-reason`.
        detail: What was wrong, in words of this program only: never a value, a ticket's words or a key
            that the record brought along, so that it may be logged.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason: Reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


class RegistryUnavailable(Exception):
    """The schema registry could not be asked. The record may be good: wait and decode it again."""


class FieldError(ValueError):
    """A field's value is not what the schema asks for; turned into a BadRecord where the field is known.

    Attributes:
        fault: What is wrong, in words that do not repeat the value.
        path: The names of the fields around it, outermost first, joined by dots.
    """

    def __init__(self, fault: str, path: str = "") -> None:
        super().__init__(fault, path)
        self.fault = fault
        self.path = path

    def within(self, name: str) -> "FieldError":
        """Return the same fault, seen from the record around it."""
        return FieldError(self.fault, f"{name}.{self.path}" if self.path else name)

    def bad_record(self) -> BadRecord:
        """Return it as the verdict on the record."""
        return BadRecord("invalid_field", f"{self.path}: {self.fault}")
