"""What is told of calls, breakers and other timed operations, as events."""

import uuid
from typing import NamedTuple

from consumer.guards.breaker import BreakerChange
from consumer.model.types import CallReport
from schemas.events import Operation


class Operations(NamedTuple):
    """Makes Operation events.

    Attributes:
        instance: The process that reports.
        service_version: Of this program.
    """

    instance: str
    service_version: str

    def call(self, report: CallReport) -> Operation:
        """One HTTP call to the model, with all its tries."""
        detail = {"tickets": str(report.tickets)}
        if report.reason:
            detail["reason"] = report.reason
        return {
            **self.timing(report.operation, report.outcome, report.started_at_us, report.duration_us, detail),
            "event_id": str(uuid.UUID(report.call_id)),
            "attempts": report.attempts,
        }

    def breaker(self, change: BreakerChange) -> Operation:
        """A breaker's new state."""
        return {
            **self.timing(change.name, change.state, change.since_us, 0),
            "kind": "BREAKER",
            "attempts": change.failures,
        }

    def timing(
        self,
        operation: str,
        outcome: str,
        started_us: int,
        duration_us: int,
        detail: dict[str, str] | None = None,
        ticket_id: str | None = None,
    ) -> Operation:
        """Any other operation."""
        return {
            "kind": "TIMING",
            "event_id": str(uuid.uuid4()),
            "operation": operation,
            "outcome": outcome,
            "started_at": started_us,
            "duration_us": duration_us,
            "attempts": 1,
            "ticket_id": ticket_id,
            "instance": self.instance,
            "detail": detail or {},
            "service_version": self.service_version,
        }
