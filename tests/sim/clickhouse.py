"""ClickHouse in memory: tables that keep one row for each key, and a line to it on which requests go wrong.

Of the real one it has what the sink rests on: an insert that is repeated under its token stores nothing twice; rows of
equal key are one row; an insert that is interrupted may have stored some of its rows; a table may refuse rows.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from enum import Enum, auto
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import fastavro

from analytics.clickhouse.errors import AnalyticsError, Rejected, Unavailable
from analytics.store.rows import SOURCE_COLUMNS, TABLES, Row, StoredEvent, columns
from consumer.kafka.records import Message
from consumer.sink.clickhouse_writer import Inserted
from consumer.sink.row_store import ClickHouseRows
from schemas import field_rules
from schemas.position import Position
from tests.sim.line import Killed, Line

if TYPE_CHECKING:
    from analytics.clickhouse.client import Client

# By what the tables' rows are told apart, as their ORDER BY says.
KEYS: Mapping[StoredEvent, tuple[str, ...]] = {
    "TicketCategorized": ("source_topic", "source_partition", "source_offset", "revision"),
    "TicketCorrected": ("ticket_id", "event_id"),
    "Operation": ("kind", "operation", "started_at", "event_id"),
    "Alert": ("began_at", "alert_id", "state"),
}
FORBIDDEN = "forbidden"
# Longer than the client waits for an answer.
NO_ANSWER_S = 30.0
SLOW_S = 12.0

Key = tuple[object, ...]
Columns = Mapping[str, Sequence[Any]]
# What is to be done; with False only in part.
Request = Callable[[bool], Any]
_KEY_OF_TABLE = {TABLES[event]: key for event, key in KEYS.items()}
ANSWERS, CORRECTIONS = TABLES["TicketCategorized"], TABLES["TicketCorrected"]
_SPAN = re.compile(
    r"record_topic = \{(\w+):String\} AND record_partition = (\d+)\s+AND record_offset BETWEEN (\d+) AND (\d+)"
)


class RecordAddress(NamedTuple):
    """Which record a row was made of."""

    topic: str
    partition: int
    offset: int


class Span(NamedTuple):
    """Records of one partition, from the first offset to the last."""

    topic: str
    partition: int
    first: int
    last: int

    def holds(self, record: RecordAddress) -> bool:
        return record[:2] == self[:2] and self.first <= record.offset <= self.last


def ticket_of(key: Key) -> str:
    """The ticket of an answer: the tests number tickets as they number their source."""
    return f"T-{key[2]}"


class SimClickHouse:
    """The server.

    Attributes:
        is_down: it answers nothing.
        is_full: it takes no rows, and answers questions.
        closed: events whose tables refuse every row.
        looks: how often a process finds that an insert has not ended.
        at_once: the rows of inserts are there at once, and only the answer takes its time.
        tables: by table and key, the records that rows were made of.
        changes: counts what readers could notice.
    """

    def __init__(self) -> None:
        self.is_down = False
        self.is_full = False
        self.closed: set[StoredEvent] = set()
        self.looks = 0
        self.at_once = False
        self.tables: defaultdict[str, defaultdict[Key, set[RecordAddress]]] = defaultdict(lambda: defaultdict(set))
        self.changes = 0
        self._tokens: set[tuple[str, str]] = set()

    def insert(self, table: str, columns: Columns, token: str, *, whole: bool = True) -> None:
        """Store rows; when it is interrupted every other one, as if they were of two months."""
        if self.is_full:
            raise Unavailable("It is out of disk.")
        if table not in _KEY_OF_TABLE:
            return
        # Rows are looked at before their token is: also what is stored already may be refused.
        if table in {TABLES[event] for event in self.closed} or FORBIDDEN in columns.get("category", ()):
            raise Rejected(f"{table} refuses rows.")
        if (table, token) in self._tokens:
            return
        keys = list(zip(*(columns[name] for name in _KEY_OF_TABLE[table]), strict=True))
        records = zip(*(columns[f"record_{part}"] for part in ("topic", "partition", "offset")), strict=True)
        for key, record in list(zip(keys, records, strict=True))[0 if whole else 1 :: 1 if whole else 2]:
            self.tables[table][key].add(RecordAddress(*record))
        if whole:
            self._tokens.add((table, token))
        self.changes += 1

    def corrected(self, spans: Sequence[Span]) -> set[str]:
        """The tickets with answers in these records that were corrected too."""
        said = {key[0] for key, records in self.tables[CORRECTIONS].items() if records}
        return {
            ticket
            for key, records in self.tables[ANSWERS].items()
            if (ticket := ticket_of(key)) in said and any(span.holds(record) for span in spans for record in records)
        }

    def judged(self, tickets: Collection[str]) -> set[str]:
        """Those of these tickets whose answer and correction both are stored."""
        said = {key[0] for key, records in self.tables[CORRECTIONS].items() if records}
        answered = {ticket_of(key) for key, records in self.tables[ANSWERS].items() if records}
        return {ticket for ticket in tickets if ticket in said and ticket in answered}

    def highest_offsets(self, table: str, topic: str) -> dict[int, int]:
        """The highest offset of each partition."""
        highest: dict[int, int] = {}
        for records in self.tables[table].values():
            for record in records:
                if record.topic == topic:
                    highest[record.partition] = max(record.offset, highest.get(record.partition, -1))
        return highest


class Fault(Enum):
    """What happens to a request."""

    NOT_ARRIVED = auto()
    INTERRUPTED = auto()
    ANSWER_LOST = auto()
    SLOW = auto()
    # Nothing is heard for longer than the client waits, and the request arrives much later.
    LATE = auto()
    DIES_BEFORE = auto()
    DIES_WITHIN = auto()
    DIES_AFTER = auto()
    FREEZES_BEFORE = auto()
    FREEZES_AFTER = auto()


class ClickHouseLine:
    """The line of one process to the server.

    Args:
        server: that answers.
        line: of the process to the broker, which knows how time passes.
    """

    def __init__(self, server: SimClickHouse, line: Line) -> None:
        self._server = server
        self._line = line
        self._fault: Fault | None = None
        self._passing = 0
        self._late: list[Callable[[], object]] = []

    def set_fault(self, fault: Fault | None, passing: int = 0) -> None:
        """What happens to the next request, after so many that pass."""
        self._fault, self._passing = fault, passing

    def ask(self, request: Request) -> Any:
        """Send a request and wait for its answer."""
        if self._server.is_down:
            raise Unavailable("It is down.")
        fault = None
        if self._passing > 0:
            self._passing -= 1
        else:
            fault, self._fault = self._fault, None
        self._before(fault, request)
        answer = request(True)
        match fault:
            case Fault.ANSWER_LOST:
                raise Unavailable("The answer is lost.")
            case Fault.DIES_AFTER:
                raise Killed
            case Fault.FREEZES_AFTER:
                self._line.meanwhile()
        return answer

    def arrive(self) -> None:
        """What is late arrives, and no process waits for its answer any more."""
        late, self._late = self._late, []
        for request in late:
            with suppress(Rejected, Unavailable):
                request()

    def _before(self, fault: Fault | None, request: Request) -> None:
        match fault:
            case Fault.NOT_ARRIVED:
                raise Unavailable("Nothing was heard.")
            case Fault.LATE:
                self._late.append(lambda: request(True))
                self._line.wait(NO_ANSWER_S)
                raise Unavailable("Nothing was heard.")
            case Fault.INTERRUPTED | Fault.DIES_WITHIN:
                request(False)
                raise Killed if fault is Fault.DIES_WITHIN else Unavailable("It was interrupted.")
            case Fault.DIES_BEFORE:
                raise Killed
            case Fault.SLOW:
                self._line.wait(SLOW_S)
            case Fault.FREEZES_BEFORE:
                self._line.meanwhile()


class SimClient:
    """What the sink needs of `analytics.clickhouse.client.Client`, on the server in memory."""

    def __init__(self, server: SimClickHouse, line: ClickHouseLine) -> None:
        self._server = server
        self._line = line

    def insert(self, table: str, columns: Columns, token: str) -> None:
        kept = {name: list(values) for name, values in columns.items()}
        self._line.ask(lambda whole: self._server.insert(table, kept, token, whole=whole))

    def insert_body(self, table: str, statement: str, body: bytes, token: str) -> None:
        self._line.ask(lambda whole: self._server.insert(table, _read(statement, body), token, whole=whole))

    def command(self, _: str, __: Mapping[str, object] | None = None) -> None:
        """Computed once more from stored rows, which are not computed here."""
        self._line.ask(lambda _: None)

    def rows(self, query: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
        """Two questions are asked: how far a topic has come, and of which tickets there are corrections."""
        if "table" not in parameters:
            spans = [
                Span(str(parameters[name]), int(partition), int(first), int(last))
                for name, partition, first, last in _SPAN.findall(query)
            ]
            return [{"ticket_id": ticket} for ticket in self._line.ask(lambda _: self._server.corrected(spans))]
        table, topic = str(parameters["table"]), str(parameters["topic"])
        found = self._line.ask(lambda _: self._server.highest_offsets(table, topic))
        return [{"partition": partition, "highest": offset} for partition, offset in found.items()]


def _read(statement: str, body: bytes) -> Columns:
    """Read encoded answers as ClickHouse does: all of them, or none."""
    rows = []
    try:
        stored: Any
        for stored in fastavro.reader(BytesIO(body)):
            statement.index(stored["sentinel"].hex())
            event = _nested(stored)
            field_rules.check("TicketCategorized", event)
            at = Position(stored["record_topic"], stored["record_partition"], stored["record_offset"], 0)
            rows.append(Row("TicketCategorized", event, at))
    except (EOFError, ValueError, LookupError, ArithmeticError, TypeError) as error:
        raise Rejected("The bytes are not what their schema says.") from error
    return columns("TicketCategorized", rows)


def _nested(stored: dict[str, Any]) -> dict[str, Any]:
    """An answer of its columns."""
    source = {field: stored[column] for field, column in SOURCE_COLUMNS.items()}
    return {**stored, "source": source, "timings": stored}


class SimInsert:
    """An insert that is under way while its process does something else.

    Args:
        insert: is done when it ends, or at once.
        looks: how often its process finds that it has not ended.
        at_once: it is done when it begins, and only its answer comes later.
    """

    def __init__(self, insert: Callable[[], Inserted], looks: int, *, at_once: bool) -> None:
        self._insert: Callable[[], Inserted] | None = insert
        self._outcome: Inserted | AnalyticsError | None = None
        self._looks = looks
        if at_once:
            self.end()

    @property
    def has_ended(self) -> bool:
        self._looks -= 1
        if self._looks < 0:
            self.end()
        return self._looks < 0

    def result(self) -> Inserted:
        self.end()
        if not isinstance(self._outcome, Inserted):
            raise self._outcome or Killed
        return self._outcome

    def end(self) -> None:
        """Do it, unless it was done; it may kill its process."""
        insert, self._insert = self._insert, None
        if insert is None:
            return
        try:
            self._outcome = insert()
        except AnalyticsError as error:
            self._outcome = error


class SimRollUps:
    """A step is a request."""

    def __init__(self, line: ClickHouseLine) -> None:
        self._line = line

    def step(self) -> int:
        self._line.ask(lambda _: None)
        return 0


class SimOverrides:
    """Decides overrides of tickets, and not of texts: one for each whose answer and correction both are stored."""

    def __init__(self, server: SimClickHouse, line: ClickHouseLine, topic: str) -> None:
        self._server = server
        self._line = line
        self._topic = topic

    def after(self, tickets: Collection[str]) -> Sequence[Message]:
        if not tickets:
            return []
        found = self._line.ask(lambda _: self._server.judged(tickets))
        return [Message(self._topic, ticket.encode(), b"override") for ticket in sorted(found)]


def sim_rows(server: SimClickHouse, line: ClickHouseLine) -> ClickHouseRows:
    """The real store of rows over a client in memory."""
    return ClickHouseRows(cast("Client", SimClient(server, line)))
