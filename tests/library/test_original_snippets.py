"""Code written for the original in-process system runs as it stands, with other imports.

The blocks below are its documentation's, word for word. What they leave open is supplied around them: a connection, a
call, the arguments where they wrote `...`, and the model's address.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from analytics.clickhouse.client import Connection
from consumer import RetryStrategy
from tests.library.reading import rows
from tests.support.model_scripts import good
from tests.support.model_server import serve

if TYPE_CHECKING:
    from consumer import SupportAutoCategorizer, SupportPerformanceMonitor, SupportRetryHandler

IMPORTS = """
from consumer import SupportAutoCategorizer, SupportRetryHandler, RetryConfig, RetryStrategy, SupportPerformanceMonitor
from analytics import SupportCategorizationAnalytics
"""
# The block's own address, and where this test's model is.
URL = "https://ml-api.example.com/classify"
ARGUMENTS = 'subject="Problema con pago", description="No puedo pagar mi factura", ticket_id="TKT-123"'

CATEGORIZER = """
categorizer = SupportAutoCategorizer(
    db_connection=db_conn,
    use_ml=True,
    ml_api_url="https://ml-api.example.com/classify",
    enable_cache=True,
    enable_analytics=True,
    min_confidence_threshold=0.6
)

result = categorizer.categorize(
    subject="Problema con pago",
    description="No puedo pagar mi factura",
    ticket_id="TKT-123"
)
"""

ANALYTICS = """
analytics = SupportCategorizationAnalytics(db_connection=db_conn)

# Trackear categorización
analytics.track_categorization(
    ticket_id="TKT-123",
    auto_category="billing",
    auto_subcategory="payment_issue",
    confidence=0.85,
    final_category="billing",  # Si fue corregida manualmente
    manually_corrected=False
)

# Obtener métricas
metrics = analytics.calculate_accuracy_metrics(days=30)
print(f"Precisión general: {metrics.overall_accuracy:.2f}%")
"""

RETRY = """
retry_handler = SupportRetryHandler(
    default_config=RetryConfig(
        max_attempts=3,
        initial_delay=1.0,
        max_delay=30.0,
        strategy=RetryStrategy.EXPONENTIAL
    )
)

# Como función
result = retry_handler.execute_with_retry(
    lambda: api_call(),
    operation_name="categorize_ticket"
)

# Como decorador
@retry_handler.retry(operation_name="categorize_ticket")
def categorize_ticket(ticket):
    # código aquí
    pass
"""

MONITOR = """
monitor = SupportPerformanceMonitor(
    db_connection=db_conn,
    enable_persistence=True,
    alert_threshold_p95=5.0  # Alertar si P95 > 5s
)

# Como context manager
with monitor.track("categorize_ticket", {"ticket_id": "TKT-123"}):
    result = categorizer.categorize(...)

# Como decorador
@monitor.monitor("categorize_ticket")
def categorize(ticket):
    # código aquí
    pass

# Obtener estadísticas
stats = monitor.get_stats("categorize_ticket", window_minutes=60)
print(f"P95: {stats.p95_duration:.2f}s")
print(f"Tasa de éxito: {stats.success_rate*100:.1f}%")
"""

CONFIGURATION = """
# Categorizador
categorizer = SupportAutoCategorizer(
    db_connection=db_conn,
    use_ml=True,
    ml_api_url=os.getenv("ML_API_URL"),
    enable_cache=True,
    enable_analytics=True,
    min_confidence_threshold=0.6
)

# Retry Handler
retry_handler = SupportRetryHandler(
    default_config=RetryConfig(
        max_attempts=int(os.getenv("RETRY_MAX_ATTEMPTS", 3)),
        initial_delay=float(os.getenv("RETRY_INITIAL_DELAY", 1.0)),
        max_delay=float(os.getenv("RETRY_MAX_DELAY", 30.0)),
        strategy=RetryStrategy.EXPONENTIAL
    ),
    enable_circuit_breaker=True,
    circuit_breaker_threshold=5,
    circuit_breaker_timeout=timedelta(minutes=5)
)

# Performance Monitor
monitor = SupportPerformanceMonitor(
    db_connection=db_conn,
    enable_persistence=True,
    alert_threshold_p95=float(os.getenv("PERFORMANCE_ALERT_THRESHOLD_P95", 5.0)),
    alert_threshold_failure_rate=float(os.getenv("PERFORMANCE_ALERT_THRESHOLD_FAILURE_RATE", 0.1))
)
"""


class Names(dict[str, Any]):
    """What a block finds and leaves behind."""

    def run(self, block: str) -> None:
        exec(compile(block, "the original's documentation", "exec"), self)  # noqa: S102 - that is what is tested


@pytest.fixture(scope="module")
def model_url() -> Iterator[str]:
    with serve(good) as server:
        yield server.url


@pytest.fixture
def names(db_conn: Connection) -> Iterator[Names]:
    found = Names(db_conn=db_conn)
    found.run(IMPORTS)
    yield found
    for name in ("categorizer", "monitor"):
        if name in found:
            found[name].close()


def test_the_categorizer_asks_the_model_and_records_the_answer(
    names: Names, db_conn: Connection, model_url: str
) -> None:
    """The result has the model's labels, and the same ticket stands in ClickHouse."""
    names.run(CATEGORIZER.replace(URL, model_url))
    assert names["categorizer"].flush()

    result = names["result"]

    assert (result.category, result.subcategory, result.confidence) == ("billing", "payment_issue", 0.9)
    assert (result.method, result.decision, result.provisional) == ("MODEL", "AUTO", False)
    assert rows(db_conn, "SELECT ticket_id, category, method, source_topic FROM tickets") == [
        ("TKT-123", "billing", "MODEL", "library")
    ]


def test_the_analytics_count_what_was_confirmed(
    names: Names, db_conn: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """One confirmed answer of one is 100 %, and says itself that one answer is not enough."""
    names.run(ANALYTICS)

    metrics = names["metrics"]

    assert capsys.readouterr().out == "Precisión general: 100.00%\n"
    assert (metrics.n, metrics.reviewed, metrics.corrected, metrics.enough) == (1, 1, 0, False)
    assert rows(db_conn, "SELECT ticket_id, label_state FROM tickets") == [("TKT-123", "confirmed")]


def test_the_categorizer_and_the_analytics_together(
    names: Names, db_conn: Connection, model_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the categorizer recorded is judged where it stands, not stored a second time."""
    names.run(CATEGORIZER.replace(URL, model_url))
    assert names["categorizer"].flush()

    names.run(ANALYTICS)

    assert capsys.readouterr().out == "Precisión general: 100.00%\n"
    assert rows(db_conn, "SELECT count() FROM categorizations") == [(1,)]
    assert rows(db_conn, "SELECT method, label_state, judged_method FROM tickets") == [("MODEL", "confirmed", "MODEL")]


def test_the_retry_handler(names: Names) -> None:
    """What the call returns comes back, and the decorated function goes through the same handler."""
    names["api_call"] = lambda: "answered"
    names.run(RETRY)
    names["categorize_ticket"]("a ticket")

    handler: SupportRetryHandler = names["retry_handler"]

    assert names["result"] == "answered"
    assert handler.get_retry_stats()["categorize_ticket"].succeeded == 2
    assert handler.get_circuit_state("categorize_ticket") == "closed"


def test_the_performance_monitor(
    names: Names, db_conn: Connection, model_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tracked block is timed, printed and persisted with its ticket."""
    names.run(CATEGORIZER.replace(URL, model_url))

    names.run(MONITOR.replace("...", ARGUMENTS))
    names["categorize"]("a ticket")
    assert names["monitor"].flush()

    assert capsys.readouterr().out == f"P95: {names['stats'].p95_duration:.2f}s\nTasa de éxito: 100.0%\n"
    assert names["monitor"].get_stats("categorize_ticket").count == 2
    assert rows(
        db_conn,
        "SELECT outcome, ticket_id FROM operations WHERE operation = 'categorize_ticket' ORDER BY started_at",
    ) == [("ok", "TKT-123"), ("ok", None)]


def test_the_configuration_in_code(names: Names, model_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's values reach the parts through the original's own code."""
    monkeypatch.setenv("ML_API_URL", model_url)
    monkeypatch.setenv("RETRY_MAX_ATTEMPTS", "2")
    monkeypatch.setenv("RETRY_INITIAL_DELAY", "0")
    names |= {"os": os, "timedelta": timedelta}
    names.run(CONFIGURATION)

    categorizer: SupportAutoCategorizer = names["categorizer"]
    handler: SupportRetryHandler = names["retry_handler"]
    monitor: SupportPerformanceMonitor = names["monitor"]
    with pytest.raises(ZeroDivisionError):
        handler.execute_with_retry(lambda: 1 / 0, "divide")

    assert categorizer.categorize("Problema", "No puedo pagar", "TKT-1").method == "MODEL"
    assert handler.get_retry_stats()["divide"].retries == 1
    assert monitor.alerts() == ()
    assert names["RetryStrategy"] is RetryStrategy
