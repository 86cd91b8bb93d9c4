"""The errors of a record, and of the registry that holds its schema."""

from typing import Literal

Reason = Literal["bad_framing", "unknown_schema", "schema_mismatch", "invalid_field", "too_large", "tombstone"]


class BadRecord(ValueError):
    """The record itself is at fault: a retry cannot help, so it becomes a dead letter.

    Attributes:
        reason: One of the contract's reasons, for the header `ts-reason`.
        detail: What is wrong, in this program's own words. It contains no value, text or key of the record, so it may
            be logged. Names of attributes are the only words of the publisher in it.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason: Reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


class RegistryUnavailable(Exception):
    """The schema registry did not answer. The record may be good: wait and decode it again."""


class FieldError(ValueError):
    """A field's value does not fit the schema; becomes a BadRecord where the path of the field is known.

    Attributes:
        fault: What is wrong, without the value.
        path: The names of the enclosing fields, outermost first, joined by dots.
    """

    def __init__(self, fault: str, path: str = "") -> None:
        super().__init__(fault, path)
        self.fault = fault
        self.path = path

    def within(self, name: str) -> "FieldError":
        """Return the same fault with the path from the enclosing record."""
        return FieldError(self.fault, f"{name}.{self.path}" if self.path else name)

    def bad_record(self) -> BadRecord:
        """Return the BadRecord for this fault."""
        return BadRecord("invalid_field", f"{self.path}: {self.fault}")
