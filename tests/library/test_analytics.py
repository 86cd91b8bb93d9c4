"""Answers and corrections that users of the library track themselves."""

import pytest

from analytics import SupportCategorizationAnalytics
from analytics.clickhouse.client import Connection
from tests.library.reading import rows


@pytest.fixture
def analytics(db_conn: Connection) -> SupportCategorizationAnalytics:
    return SupportCategorizationAnalytics(db_connection=db_conn)


def states(connection: Connection) -> list[tuple[str, str, str, str, str]]:
    found = rows(
        connection,
        "SELECT ticket_id, final_category, ifNull(final_subcategory, '-'), label_state, subcategory_state"
        " FROM tickets ORDER BY ticket_id",
    )
    return [(a, b, c, d, e) for a, b, c, d, e in found]


def test_what_a_person_said(analytics: SupportCategorizationAnalytics, db_conn: Connection) -> None:
    """Nothing, the same, something else, and that only the subcategory was wrong."""
    track = analytics.track_categorization
    track("T-1", "billing", "payment_issue", 0.85)
    track("T-2", "billing", "payment_issue", 0.85, "billing")
    track("T-3", "billing", "payment_issue", 0.85, "account", manually_corrected=True)
    track("T-4", "billing", "payment_issue", 0.85, "billing", manually_corrected=True)
    track("T-5", "billing", "payment_issue", 0.85, "billing", final_subcategory="invoice")
    track("T-6", "billing", None, 1, "billing", final_subcategory="invoice")

    assert states(db_conn) == [
        ("T-1", "billing", "payment_issue", "unreviewed", "unreviewed"),
        ("T-2", "billing", "payment_issue", "confirmed", "unreviewed"),
        ("T-3", "account", "-", "corrected", "unreviewed"),
        ("T-4", "billing", "unnamed", "confirmed", "corrected"),
        ("T-5", "billing", "invoice", "confirmed", "corrected"),
        ("T-6", "billing", "invoice", "confirmed", "corrected"),
    ]


def test_an_answer_is_stored_once_and_judged_later(
    analytics: SupportCategorizationAnalytics, db_conn: Connection
) -> None:
    """Tracking the same answer again adds what a person said, and saying the same again adds nothing."""
    analytics.track_categorization("T-1", "billing", "payment_issue", 0.85)
    for final in ("billing", "account", "billing", "billing"):
        analytics.track_categorization("T-1", "billing", "payment_issue", 0.85, final)

    assert rows(db_conn, "SELECT count() FROM categorizations") == [(1,)]
    assert rows(db_conn, "SELECT category FROM corrections ORDER BY category") == [("account",), ("billing",)]
    assert states(db_conn) == [("T-1", "billing", "payment_issue", "confirmed", "unreviewed")]


def test_a_new_answer_to_the_same_ticket_is_the_one_that_counts(
    analytics: SupportCategorizationAnalytics, db_conn: Connection
) -> None:
    """It is stored beside the first."""
    analytics.track_categorization("T-1", "billing", "payment_issue", 0.85)
    analytics.track_categorization("T-1", "account", None, 0.7)

    assert rows(db_conn, "SELECT count() FROM categorizations") == [(2,)]
    assert rows(db_conn, "SELECT category, method, confidence FROM tickets") == [("account", "UNKNOWN", 0.7)]


def test_a_confidence_may_be_rounded(analytics: SupportCategorizationAnalytics, db_conn: Connection) -> None:
    """A float32 just beyond 0 or 1 is stored as 0 or 1; what rounding cannot explain is refused."""
    analytics.track_categorization("T-1", "billing", None, 1.0000001)
    analytics.track_categorization("T-2", "billing", None, -1e-9)
    for confidence in (1.01, float("nan")):
        with pytest.raises(ValueError, match="confidence must be"):
            analytics.track_categorization("T-3", "billing", None, confidence)

    assert rows(db_conn, "SELECT ticket_id, confidence FROM tickets ORDER BY 1") == [("T-1", 1.0), ("T-2", 0.0)]


def test_the_figures(analytics: SupportCategorizationAnalytics) -> None:
    """Three of four are not corrected, one of two that people looked at was right; none was drawn for an audit."""
    for number, final in enumerate([None, None, "billing", "account"]):
        analytics.track_categorization(f"T-{number}", "billing", None, 0.8, final)
    analytics.track_categorization("T-9", "account", None, 0.8)

    metrics = analytics.calculate_accuracy_metrics(days=7)

    assert (metrics.overall_accuracy, metrics.n, metrics.enough) == (80.0, 5, False)
    assert (metrics.verified.share, metrics.verified.n, metrics.audit.n) == (0.5, 2, 0)
    assert (metrics.corrected, metrics.reviewed, metrics.correction_rate) == (1, 2, 0.2)
    assert {name: group.upper_bound.share for name, group in metrics.by_category.items()} == {
        "billing": 0.75,
        "account": 1.0,
    }
    assert metrics.interval[0] < 80.0 < metrics.interval[1]


def test_nothing_tracked_is_no_error(analytics: SupportCategorizationAnalytics) -> None:
    """The figure is a number without answers too, and says that it rests on none."""
    metrics = analytics.calculate_accuracy_metrics()

    assert (f"{metrics.overall_accuracy:.2f}", metrics.n, metrics.enough) == ("0.00", 0, False)
    assert (metrics.correction_rate, metrics.by_category) == (0.0, {})


def test_contradictions_are_refused(analytics: SupportCategorizationAnalytics, db_conn: Connection) -> None:
    """A correction without what would have been right, and a confidence in percent; nothing is stored of either."""
    with pytest.raises(ValueError, match="final_category is missing"):
        analytics.track_categorization("T-1", "billing", None, 0.8, manually_corrected=True)
    with pytest.raises(ValueError, match="confidence must be"):
        analytics.track_categorization("T-1", "billing", None, 80)

    assert rows(db_conn, "SELECT count() FROM categorizations") == [(0,)]


@pytest.mark.long
def test_what_the_reports_say_too(analytics: SupportCategorizationAnalytics) -> None:
    """Thresholds, the labels that are wrong most often, and the distribution, from what was tracked."""
    for number in range(30):
        wrong = number % 10 == 0
        analytics.track_categorization(
            f"T-{number}", "billing", None, 0.55 if wrong else 0.95, "cards" if wrong else "billing"
        )
    chosen = analytics.optimal_thresholds(days=1, precision=0.8)
    (billing,) = analytics.most_misclassified(days=1)
    held = {step.confidence_from: step.n for step in analytics.confidence_distribution(days=1) if step.n}

    assert (chosen.overall.category, chosen.overall.answers) == ("(all)", 30)
    assert chosen.overall.choice.status in {"proven", "empirical"}
    assert (billing.label, billing.reviewed, billing.corrected) == ("billing", 30, 3)
    assert sum(held.values()) == 30
    assert held[0.95] == 27
    with pytest.raises(ValueError, match="precision"):
        analytics.optimal_thresholds(precision=1)
