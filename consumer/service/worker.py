"""One worker process: `python -m consumer.service.worker categorizer|sink INDEX`, started by the supervisor."""

import gc
import os
import signal
import sys
import threading

import structlog

from consumer import app, logs
from consumer.config.settings import load_settings
from consumer.errors import TicketstreamError
from consumer.service import signals

log = structlog.get_logger()

SWITCH_INTERVAL_S = 0.0005
# More objects than were freed since the last collection; then how many collections until one of all the window's.
# The service makes next to no cycles, yet a full window at Python's thresholds was walked through every second, for
# 0.1 to 0.2 s each time.
GARBAGE_THRESHOLDS = (50_000, 20, 50)


def main() -> int:
    """Run one role until told to stop; the exit code says how it ended."""
    role, index = sys.argv[1], int(sys.argv[2])
    try:
        settings = load_settings()
    except TicketstreamError as error:
        logs.configure("auto", "info")
        log.error("worker.failed", detail=str(error))  # noqa: TRY400 - the message says it all
        return error.exit_code
    logs.configure(settings.log_format, settings.log_level)
    structlog.contextvars.bind_contextvars(worker=f"{role}-{index}")
    # The callers wake from their sockets many times a call, and each time wait for the interpreter behind the
    # busy main thread: at the default of 5 ms that waiting, not the model, would decide how long a call takes.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    # What is loaded by now lives as long as the process does.
    gc.freeze()
    stop = threading.Event()
    signals.tell(lambda _: stop.set(), signal.SIGTERM, signal.SIGINT)
    threading.Thread(target=_stop_with_parent, args=(stop,), name="parent-watch", daemon=True).start()
    try:
        app.run_role(role, settings, index, stop)
    except TicketstreamError as error:
        log.error("worker.failed", detail=str(error))  # noqa: TRY400 - the message says it all
        return error.exit_code
    except Exception:
        log.exception("worker.crashed")
        return 1
    return 0


def _stop_with_parent(stop: threading.Event) -> None:
    """Our standard input is a pipe that only the supervisor holds: its end is the supervisor's death."""
    while os.read(0, 1024):
        pass
    stop.set()


if __name__ == "__main__":
    sys.exit(main())
