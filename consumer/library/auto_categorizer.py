"""`SupportAutoCategorizer`: the service's answer to a ticket, in your process and without Kafka."""

import threading
import time
import weakref
from types import TracebackType
from typing import Any, NamedTuple, Self

from analytics.clickhouse.client import Connection
from analytics.forks import begins_anew
from analytics.library.connection import Given
from analytics.library.library_rows import SERVICE_VERSION, LibraryRows
from analytics.library.recorder import Recorder
from analytics.store.row_writer import RowWriter
from consumer import logs
from consumer.answer.build import basis_of, cache_of, model_of
from consumer.answer.cache import Entry
from consumer.answer.decide import Text, answer_from_labels, answer_from_reply
from consumer.answer.foreign_labels import ForeignLabels, log_speech
from consumer.answer.taxonomy import Taxonomy
from consumer.answer.ticket_text import text_reader_of
from consumer.config.settings import Settings, settings_of
from consumer.guards.breaker import BreakerChange
from consumer.library.categorization import Categorization
from consumer.library.process_name import process_name
from consumer.model.types import CallReport, Label, ModelReply, ModelTicket
from consumer.monitoring.operation_events import Operations
from schemas.events import Operation
from schemas.probability import clamped

_NOT_ASKED = ModelReply("not_asked")


class _Answered(NamedTuple):
    """An answer's fields `category` to `explanation`, the model's reply, durations (us), removed characters."""

    fields: dict[str, Any]
    reply: ModelReply
    timings: dict[str, int]
    removed_chars: int


class _Listener:
    """Receives the model's calls and its breaker's changes. It holds no categorizer, so that one can be freed."""

    def __init__(self, recorder: Recorder | None, rows: LibraryRows) -> None:
        self._recorder = recorder
        self._rows = rows
        self.begin_anew()
        begins_anew(self)

    def begin_anew(self) -> None:
        """Report under the name of this process; see `analytics.forks.Forkable`."""
        self._operations = Operations(process_name(), SERVICE_VERSION)

    def called(self, report: CallReport) -> None:
        self._record(self._operations.call(report))

    def changed(self, change: BreakerChange) -> None:
        self._record(self._operations.breaker(change))

    def _record(self, event: Operation) -> None:
        if self._recorder is not None:
            self._recorder.offer(self._rows.operation(event))


class _Memory:
    """What the model has answered to earlier texts, and whether its labels are ours. Thread-safe."""

    def __init__(self, settings: Settings, taxonomy: Taxonomy) -> None:
        self._settings = settings
        self._taxonomy = taxonomy
        self._lock = threading.Lock()
        self._forget()
        begins_anew(self)

    def begin_anew(self) -> None:
        """Take another lock in a forked process; see `analytics.forks.Forkable`."""
        if self._lock.locked():
            # Another thread of the parent was in the middle of a change.
            self._forget()
        self._lock = threading.Lock()

    def find(self, fingerprint: str) -> Entry | None:
        with self._lock:
            return self._cache.get(fingerprint)

    def keep(self, fingerprint: str, reply: ModelReply) -> None:
        with self._lock:
            self._labels.judge(reply.model, reply.labels, time.monotonic())
            self._cache.put(fingerprint, reply.labels, reply.model, calibrated=reply.calibrated)

    def _forget(self) -> None:
        self._cache = cache_of(self._settings)
        self._labels = ForeignLabels(self._taxonomy, log_speech)


class SupportAutoCategorizer:
    """Answers tickets from the cache, else by the model, else by the rules, as the service does. Thread-safe.

    It never raises for faults of the model: while the model does not answer, the rules do, provisionally. When 20
    replies in a row hold no category of the taxonomy, the log says so (`labels.foreign`), and the rules still answer:
    there is nothing to wait for in the caller's thread.

    Settings without an argument come from the environment: `ML_API_URL` where no address is given, `ML_API_TOKEN`,
    `ML_API_TIMEOUT`, `ML_DEADLINE`, `CACHE_*`, `RETRY_*`, `CIRCUIT_BREAKER_*`, `TAXONOMY_FILE`,
    `TEXT_CLEANING`, `FINGERPRINT_KEY`.

    Close it, or use it as a context manager, to close its connections and to write the remaining rows.

    A forked process may go on using it, as its parent may: connections, threads and the identities of rows are then its
    own, and so is the cache, which begins as the parent's was.

    Args:
        db_connection: What `clickhouse_connect.get_client` returned; its database is brought up to date.
        use_ml: Whether to ask the model; without it the rules answer every ticket.
        ml_api_url: The address of the model's API; None takes `ML_API_URL`. If that is empty, the rules answer every
            ticket.
        enable_cache: Whether to answer similar texts from the model's earlier answers.
        enable_analytics: Whether to record each answer and each call to the model over `db_connection`. Rows are
            written in the background; rows that ClickHouse does not take are dropped.
        min_confidence_threshold: Below it the rules are asked too. It is also the threshold for AUTO; half of it is
            the threshold for SUGGEST.

    Raises:
        ValueError: The threshold is not from 0 to 1.
        consumer.errors.ConfigurationError: The address or a setting is impossible; the message names it.
    """

    def __init__(
        self,
        db_connection: Connection | None = None,
        use_ml: bool = True,
        ml_api_url: str | None = None,
        enable_cache: bool = True,
        enable_analytics: bool = True,
        min_confidence_threshold: float = 0.6,
    ) -> None:
        min_confidence = clamped(min_confidence_threshold)
        if not 0 <= min_confidence <= 1:
            raise ValueError("min_confidence_threshold must be from 0 to 1")
        logs.configure_as_library()
        settings = settings_of(_names(use_ml, ml_api_url, enable_cache, min_confidence))
        self._basis, _ = basis_of(settings)
        self._read_text = text_reader_of(settings)
        # Cleaning loads some modules at the first text that needs them; see `analytics.clickhouse.connection_of_user`.
        self._read_text("<p>\u00c3\u00a9</p>", "\u00c3\u00a9")
        self._deadline_s = settings.ml_deadline
        self._memory = _Memory(settings, self._basis.taxonomy)
        self._rows = LibraryRows()
        self._recorder: Recorder | None = None
        if db_connection is not None and enable_analytics:
            given = Given(db_connection)
            self._recorder = Recorder(lambda: RowWriter(given.client()))
            # The remaining rows are written when the categorizer is freed, or at the end of the program.
            weakref.finalize(self, self._recorder.close)
        listener = _Listener(self._recorder, self._rows)
        self._model = model_of(settings, listener.called, listener.changed)
        if self._model is not None:
            weakref.finalize(self, self._model.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def categorize(
        self, subject: str, description: str, ticket_id: str, *, language: str | None = None
    ) -> Categorization:
        """Answer one ticket, within `ML_DEADLINE` seconds at most.

        Args:
            subject: May be empty.
            description: The ticket's text.
            ticket_id: The id under which the answer is recorded.
            language: BCP 47, such as `es`, if known.
        """
        received_us = time.time_ns() // 1000
        answered = self._answer(subject, description, language)
        fields, reply, timings, removed_chars = answered
        if self._recorder is not None:
            self._recorder.offer(
                self._rows.answer(
                    ticket_id,
                    fields,
                    language=language,
                    timings={"received_at": received_us, **timings},
                    model_outcome=reply.outcome,
                    model_call_id=reply.call_id,
                    attempts=reply.attempts,
                    text_removed_chars=removed_chars,
                )
            )
        return _categorization(ticket_id, fields, reply)

    def flush(self) -> bool:
        """Wait until every answer so far is recorded, for 30 seconds at most.

        Returns:
            Whether every row since the last call was written. If not, the log says how many were not, and why
            (`rows.not_written`).
        """
        return self._recorder is None or self._recorder.flush()

    def close(self) -> bool:
        """End calls to the model, and write the remaining rows, for 30 seconds at most.

        Later tickets are answered from the cache or by the rules, and are not recorded.

        Returns:
            As `flush`.
        """
        if self._model is not None:
            self._model.close()
        return self._recorder is None or self._recorder.close()

    @property
    def dropped_rows(self) -> int:
        """How many rows this process will never write, because ClickHouse did not take them."""
        return self._recorder.dropped if self._recorder is not None else 0

    def _answer(self, subject: str, description: str, language: str | None) -> _Answered:
        began_ns = time.perf_counter_ns()
        read = self._read_text(subject, description)
        text = Text(read.subject, read.description, language, read.fingerprint)
        entry = self._memory.find(text.fingerprint)
        looked_up_ns = time.perf_counter_ns()
        reply = self._ask(text) if entry is None else _NOT_ASKED
        replied_ns = time.perf_counter_ns()
        if entry is not None:
            labels, model, calibrated = entry.labels, entry.model, entry.calibrated
            fields = answer_from_labels(self._basis, text, labels, model, "CACHE", calibrated=calibrated)
        else:
            fields = answer_from_reply(self._basis, text, reply)
        ended_ns = time.perf_counter_ns()
        timings = {
            "lookup_us": (looked_up_ns - began_ns) // 1000,
            "model_us": (replied_ns - looked_up_ns) // 1000 if reply.call_id else 0,
            "rules_us": (ended_ns - replied_ns) // 1000 if fields["method"] == "RULES" else 0,
            "total_us": (ended_ns - began_ns) // 1000,
        }
        return _Answered(fields, reply, timings, read.removed_chars)

    def _ask(self, text: Text) -> ModelReply:
        if self._model is None:
            return _NOT_ASKED
        ticket = ModelTicket(text.subject, text.description, text.language)
        reply = self._model.ask([ticket], time.monotonic() + self._deadline_s)[0]
        if reply.outcome == "answered":
            self._memory.keep(text.fingerprint, reply)
        return reply


def _names(use_ml: bool, ml_api_url: str | None, enable_cache: bool, min_confidence: float) -> dict[str, str]:
    """The settings that the arguments replace."""
    names = {"MIN_CONFIDENCE": str(min_confidence)}
    if not use_ml:
        names["ML_API_URL"] = ""
    elif ml_api_url is not None:
        names["ML_API_URL"] = ml_api_url
    if not enable_cache:
        names["CACHE_MAX_SIZE"] = "0"
    return names


def _categorization(ticket_id: str, fields: dict[str, Any], reply: ModelReply) -> Categorization:
    return Categorization(
        ticket_id,
        fields["category"],
        fields["subcategory"],
        fields["confidence"],
        fields["subcategory_confidence"],
        fields["decision"],
        fields["method"],
        fields["provisional"],
        tuple(Label(**label) for label in fields["alternatives"]),
        tuple(fields["explanation"]),
        fields["model"],
        reply.outcome,
        fields["taxonomy"],
        fields["policy"],
    )
