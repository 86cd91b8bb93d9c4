"""docs/LOGS.md, from the catalogue of events: `python -m tests.logs_page --write`."""

import sys
from pathlib import Path

from serving.log_events.catalogue import CATALOGUE
from serving.log_events.event_info import EventInfo

PAGE = Path(__file__).parent.parent / "docs" / "LOGS.md"
_HEAD = """# Events of the log

This page is made from `serving/log_events/` by `python -m tests.logs_page --write`. A test compares the page, the
catalogue and the code. How to read the log is in [OPERATING.md](OPERATING.md#logs).

Every line is one event. Each has `event`, `level` and `timestamp` (UTC); lines of a worker have `worker`. The keys
below are those that are added; a line need not have all of them.
"""


def page() -> str:
    """The whole page."""
    rows = [
        "| event | level | keys | meaning | what to do |",
        "|---|---|---|---|---|",
        *map(_row, CATALOGUE),
    ]
    return _HEAD + "\n" + "\n".join(rows) + "\n"


def _row(event: EventInfo) -> str:
    keys = ", ".join(f"`{key}`" for key in event.keys)
    levels = "as the line's" if event.levels == ("any",) else ", ".join(event.levels)
    return f"| `{event.name}` | {levels} | {keys} | {event.meaning} | {event.mend or 'nothing'} |"


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.logs_page --write")
    PAGE.write_text(page(), encoding="utf-8")
