"""Logs: named events with keys, as JSON for machines and as text for people."""

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, WrappedLogger

from tickets.terminal.safe_text import defused


class StandardError:
    """Standard error, looked up at each write: a stream that replaces it later gets the log too."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure(log_format: Literal["auto", "json", "console"], level: str) -> None:
    """Set up logging for this process: to standard error, one event a line."""
    console = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        defuse,
    ]
    renderer: structlog.typing.Processor = (
        # Plain tracebacks: rich ones show the values of local variables, tickets and secrets among them.
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        if console
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(StandardError())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    # Its debug lines and some warnings quote paths and queries of addresses, which may hold secrets.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    # It logs failures without their cause. They are raised too, and logged here with their cause.
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())


def configure_as_library() -> None:
    """Send the library's log to the `logging` of the program that uses it, unless it has configured structlog."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.processors.format_exc_info,
            defuse,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def defuse(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Remove control characters from every text: a ticket's id may hold a terminal's commands."""
    return {key: _defused(key, value) if isinstance(value, str) else value for key, value in event.items()}


def _defused(key: str, text: str) -> str:
    # Only a traceback has more than one line.
    return "\n".join(map(defused, text.split("\n"))) if key == "exception" else defused(text)
