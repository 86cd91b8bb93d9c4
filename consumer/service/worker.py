"""One worker process: `python -m consumer.service.worker categorizer|sink INDEX`, started by the supervisor."""

import gc
import os
import signal
import sys
import threading

import structlog

from consumer import app, logs, outside
from consumer.config.secret_values import redaction_of
from consumer.config.settings import load_settings
from consumer.errors import TicketstreamError
from consumer.monitoring.waits import WaitMetrics
from consumer.service import signals
from serving.standard_error import open_standard_streams
from serving.starting import no_room
from terminal.exit_codes import ExitCode

log = structlog.get_logger()

SWITCH_INTERVAL_S = 0.0005
# The number of new objects that starts a collection, and how many collections of younger objects start one of older
# ones. The service makes almost no cycles, but with Python's own thresholds the collector walked through a full window
# every second, for 0.1 to 0.2 s.
GARBAGE_THRESHOLDS = (50_000, 20, 50)


def main() -> int:
    """Run one role until it is stopped; returns the exit code."""
    open_standard_streams()
    role, index = sys.argv[1], int(sys.argv[2])
    try:
        settings = load_settings()
    except TicketstreamError as error:
        logs.configure("auto", "info")
        log.error("worker.failed", detail=str(error))  # noqa: TRY400 - the message says it all
        return error.exit_code
    logs.configure(settings.log_format, settings.log_level, redaction_of(settings))
    run = app.loaded(role)
    structlog.contextvars.bind_contextvars(worker=f"{role}-{index}")
    outside.listen(WaitMetrics(f"{role}-{index}"))
    # A model caller wakes from its socket many times in a call, and each time waits until the busy main thread releases
    # the interpreter. At the default of 5 ms these waits, not the model, would decide how long a call takes.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    # Everything loaded so far lives as long as the process.
    gc.freeze()
    stop = threading.Event()
    signals.on_signals(lambda _: stop.set(), signal.SIGTERM, signal.SIGINT)
    threading.Thread(target=_stop_with_parent, args=(stop,), name="parent-watch", daemon=True).start()
    try:
        run(settings, index, stop)
    except TicketstreamError as error:
        log.error("worker.failed", detail=str(error))  # noqa: TRY400 - the message says it all
        return error.exit_code
    except (OSError, RuntimeError, MemoryError) as error:
        _tell(error)
        return ExitCode.FAILED
    except Exception:
        log.exception("worker.crashed")
        return ExitCode.FAILED
    return ExitCode.DONE


def _tell(error: OSError | RuntimeError | MemoryError) -> None:
    """Without room to work there is nothing to mend in the code, so a sentence says it all."""
    if reason := no_room(error):
        log.error("worker.failed", detail=reason)
    else:
        log.error("worker.crashed", exc_info=error)


def _stop_with_parent(stop: threading.Event) -> None:
    """Stop when standard input ends: only the supervisor holds the other end of this pipe, so it has died."""
    while os.read(0, 1024):
        pass
    stop.set()


if __name__ == "__main__":
    sys.exit(main())
