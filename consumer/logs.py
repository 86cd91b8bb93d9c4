"""Logs: named events with keys, as JSON for machines and as text for people."""

import atexit
import logging
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, WrappedLogger

from network.redaction import Redaction
from serving.foreign_lines import as_event, catch_the_rest
from serving.repeated_lines import WITHIN_S, Left, RepeatedLines
from serving.standard_error import StandardError
from terminal.safe_text import defused

# Libraries whose lines below a level are not shown, at any LOG_LEVEL: they quote addresses with paths and queries,
# bodies, or failures that are raised too and logged here with their cause.
_QUIET = {
    "apprise": logging.CRITICAL + 1,
    "clickhouse_connect": logging.CRITICAL,
    "httpcore": logging.ERROR,
    "httpcore2": logging.ERROR,
    "httpx": logging.ERROR,
    "httpx2": logging.ERROR,
    "requests": logging.ERROR,
    "requests_oauthlib": logging.ERROR,
    "urllib3": logging.ERROR,
    # That it starts, listens and stops, which `http.listening` and `service.stopped` say.
    "uvicorn": logging.WARNING,
    "uvicorn.access": logging.CRITICAL + 1,
}


def configure(log_format: Literal["auto", "json", "console"], level: str, redaction: Redaction | None = None) -> None:
    """Set up logging for this process: to standard error, one event a line.

    Lines of libraries, Python's warnings and errors that nothing caught become events too.

    Args:
        log_format: `auto` is for people on a terminal, else for machines.
        level: the lowest that is shown.
        redaction: takes the secrets of the settings out of every line; addresses lose their credentials without it too.
    """
    hide = redaction or Redaction()
    console = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        lambda _, __, event: {key: hide.value(value) for key, value in event.items()},
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
            foreign_pre_chain=[as_event, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    # Not the levels of their loggers: some libraries set these when they are imported, which may be later.
    handler.addFilter(_is_shown)
    repeated = RepeatedLines(_tell_repeated)
    atexit.register(repeated.tell_all)
    handler.addFilter(repeated)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    catch_the_rest()


def _is_shown(record: logging.LogRecord) -> bool:
    name = record.name
    return record.levelno >= _QUIET.get(name, _QUIET.get(name.partition(".")[0], 0))


def _tell_repeated(left: Left) -> None:
    log = structlog.get_logger(left.logger)
    log.log(left.level, "log.repeated", more=left.times, within_s=WITHIN_S, line=left.line)


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
