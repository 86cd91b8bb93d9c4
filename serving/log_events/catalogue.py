"""All events of the log; docs/LOGS.md is made from them."""

import re
from collections.abc import Mapping
from typing import Any

from serving.log_events import of_answers, of_kafka, of_processes
from serving.log_events.event_info import EventInfo

CATALOGUE: tuple[EventInfo, ...] = tuple(
    sorted((*of_kafka.EVENTS, *of_answers.EVENTS, *of_processes.EVENTS), key=lambda event: event.name)
)
_ONE_OF = {event.name: event.one_of for event in CATALOGUE if event.one_of is not None}
# Ports, offsets, places in memory and times change from try to try; a status of three digits is a reason.
_CHANGING = re.compile(r"0x[0-9a-f]+|\d{4,}|\d+(?:\.\d+)? ?m?s\b")


def sameness(line: Mapping[str, Any]) -> tuple[str, ...] | None:
    """What makes a line equal to an earlier one, from any place in the code; None when only the whole line does."""
    name = str(line.get("event", ""))
    keys = _ONE_OF.get(name)
    return None if keys is None else (name, *(_CHANGING.sub("…", str(line.get(key))) for key in keys))
