"""Lines of the log that are not ours, made events: those of libraries, and errors that nothing caught."""

import logging
import sys
import threading
from types import TracebackType

import structlog
from structlog.typing import EventDict, WrappedLogger

log = structlog.get_logger()

# The logger of Python's own warnings, once they go to `logging`.
_WARNINGS = "py.warnings"


def as_event(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Name the line of a library; a step of structlog's `foreign_pre_chain`.

    What the library said becomes `line`, and its logger `library`. The keys of a program that logs with structlog to
    `logging` come in the same way.
    """
    record: logging.LogRecord = line["_record"]
    said = str(line.pop("event", ""))
    if record.name == _WARNINGS:
        return {"event": "python.warned", "line": said.strip(), **line}
    return {"event": "library.said", "library": record.name, "line": said, **line}


def catch_the_rest() -> None:
    """From now on Python's warnings and errors that nothing caught are events of the log."""
    logging.captureWarnings(capture=True)
    sys.excepthook = _crashed
    threading.excepthook = _thread_died
    sys.unraisablehook = _unraisable


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        # A person's wish, and no fault.
        sys.__excepthook__(kind, error, trace)
    else:
        log.critical("process.crashed", exc_info=(kind, error, trace))


def _thread_died(died: threading.ExceptHookArgs) -> None:
    if died.exc_type is SystemExit or died.exc_value is None:
        return
    thread = died.thread.name if died.thread is not None else ""
    log.error("thread.died", thread=thread, exc_info=(died.exc_type, died.exc_value, died.exc_traceback))


def _unraisable(hidden: "sys.UnraisableHookArgs") -> None:
    """Tell the type of the object alone: what it is called, or holds, may be a ticket's text."""
    error = hidden.exc_value
    trace = (hidden.exc_type, error, hidden.exc_traceback) if error is not None else None
    log.error("python.unraisable", place=_place(hidden.object), exc_info=trace)


def _place(thing: object) -> str:
    return str(getattr(thing, "__qualname__", type(thing).__qualname__))
