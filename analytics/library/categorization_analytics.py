"""`SupportCategorizationAnalytics`: answers and corrections, stored and counted as the service does."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from analytics.clickhouse.client import Client, Connection
from analytics.clickhouse.queries import read
from analytics.library.accuracy_metrics import AccuracyMetrics, metrics_of
from analytics.library.connection import Given
from analytics.library.library_rows import UNKNOWN_ANSWER, LibraryRows
from analytics.reports.accuracy import accuracy
from analytics.reports.confidence import Held, confidence
from analytics.reports.confusion import Misclassified, confusion
from analytics.reports.question import Question
from analytics.reports.thresholds import Thresholds, thresholds
from analytics.store.row_writer import RowWriter
from schemas.probability import clamped

if TYPE_CHECKING:
    from analytics.store.rows import Row

# The subcategory of a correction that did not name the right one.
UNNAMED_SUBCATEGORY = "unnamed"


class SupportCategorizationAnalytics:
    """Stores answers and corrections, and counts how often the answers were right. Thread-safe.

    Reads and writes the tables of the service in the database of the connection, so both are counted together. A forked
    process may go on using it, as its parent may.

    Args:
        db_connection: What `clickhouse_connect.get_client` returned; its database is brought up to date at the
            first use.

    Raises:
        TypeError: It is not a connection to ClickHouse over HTTP.
    """

    def __init__(self, db_connection: Connection) -> None:
        self._given = Given(db_connection)
        self._rows = LibraryRows()

    def track_categorization(
        self,
        ticket_id: str,
        auto_category: str,
        auto_subcategory: str | None,
        confidence: float,
        final_category: str | None = None,
        manually_corrected: bool = False,  # noqa: FBT001, FBT002 - as in the original system
        *,
        final_subcategory: str | None = None,
    ) -> None:
        """Store an answer, and its correction if there is one. When it returns, both are stored.

        If the ticket's latest answer is this one already, because `SupportAutoCategorizer` or the service recorded it,
        only the correction is added.

        Args:
            ticket_id: Which ticket.
            auto_category: What was answered.
            auto_subcategory: The same, finer.
            confidence: P(category), 0 to 1.
            final_category: What a person decided; naming what was answered confirms it, anything else corrects it.
                None: nobody looked.
            manually_corrected: The answer was wrong. With `final_category` equal to what was answered, the subcategory
                was.
            final_subcategory: What a person decided, if anything.

        Raises:
            ValueError: The confidence is none, or `final_category` is missing though a person spoke.
            analytics.clickhouse.errors.Unavailable: ClickHouse may take it later; calling again stores nothing twice.
            analytics.clickhouse.errors.Misconfigured: Something has to be changed first.
            analytics.clickhouse.errors.Rejected: A text is not UTF-8.
        """
        confidence = clamped(float(confidence))
        if not 0 <= confidence <= 1:
            raise ValueError("confidence must be from 0 to 1")
        if final_category is None and (manually_corrected or final_subcategory is not None):
            raise ValueError("final_category is missing: say what would have been right")
        client = self._given.client()
        records: list[Row] = []
        judged = _stored(client, ticket_id, auto_category, auto_subcategory)
        if judged is None:
            labels = {"category": auto_category, "subcategory": auto_subcategory, "confidence": confidence}
            answer = self._rows.answer(ticket_id, {**UNKNOWN_ANSWER, **labels})
            judged = str(answer.event["event_id"])
            records.append(answer)
        if final_category is not None:
            if manually_corrected and final_subcategory is None and final_category == auto_category:
                final_subcategory = UNNAMED_SUBCATEGORY
            records.append(self._rows.correction(ticket_id, judged, final_category, final_subcategory))
        if records:
            RowWriter(client).write(records)

    def calculate_accuracy_metrics(self, days: float = 30) -> AccuracyMetrics:
        """Count the answers of the last days, the service's among them.

        Args:
            days: How far to look back.

        Raises:
            analytics.clickhouse.errors.Unavailable: ClickHouse may answer later.
            analytics.clickhouse.errors.Misconfigured: Something has to be changed first.
        """
        since = datetime.now(UTC) - timedelta(days=days)
        return metrics_of(accuracy(self._given.client(), since), since)

    def optimal_thresholds(self, days: float = 30, precision: float = 0.95) -> Thresholds:
        """The smallest confidences from which answers may be automatic, overall and for each category.

        Args:
            days: How far to look back.
            precision: Wanted of automatic answers, above 0 and below 1.

        Returns:
            What `ticketstream report thresholds` shows; `.overall.used` and each category's `.used` are the thresholds,
            None where nothing reaches the goal.

        Raises:
            ValueError: The precision is no goal.
            analytics.clickhouse.errors.Unavailable: ClickHouse may answer later.
            analytics.clickhouse.errors.Misconfigured: Something has to be changed first.
        """
        if not 0 < precision < 1:
            raise ValueError("precision must be above 0 and below 1")
        return thresholds(self._given.client(), _last(days), precision)

    def most_misclassified(self, days: float = 30) -> tuple[Misclassified, ...]:
        """Categories by the number of their answers that people found wrong; raises as `calculate_accuracy_metrics`."""
        return confusion(self._given.client(), _last(days)).misclassified

    def confidence_distribution(self, days: float = 30) -> tuple[Held, ...]:
        """How many answers have which confidence, by source; raises as `calculate_accuracy_metrics`."""
        return confidence(self._given.client(), _last(days)).held


def _last(days: float) -> Question:
    return Question(datetime.now(UTC) - timedelta(days=days))


def _stored(client: Client, ticket_id: str, category: str, subcategory: str | None) -> str | None:
    """The id of the ticket's latest answer if it gave these labels."""
    for row in client.rows(read("latest_answer"), {"ticket_id": ticket_id}):
        if (row["category"], row["subcategory"]) == (category, subcategory):
            return str(row["event_id"])
    return None
