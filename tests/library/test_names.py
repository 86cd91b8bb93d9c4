"""The names that other programs import, and what importing them costs."""

import json
import subprocess
import sys

import pytest

import analytics
import consumer

# Heavy, and none of it is needed to start the service's other roles or to retry a call.
KAFKA = {"confluent_kafka"}
HEAVY = KAFKA | {"requests", "clickhouse_connect", "pydantic", "structlog", "uvicorn"}


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after a statement."""
    program = f"{statement}\nimport json, sys\nprint(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("module", [consumer, analytics])
def test_every_name_is_there(module: object) -> None:
    """Each public name can be had, is found by completion, and any other is refused as of any module."""
    names: list[str] = module.__all__  # type: ignore[attr-defined]

    assert [name for name in names if getattr(module, name).__name__ != name] == []
    assert set(names) <= set(dir(module))
    with pytest.raises(AttributeError, match="has no attribute 'Nonsense'"):
        module.Nonsense  # type: ignore[attr-defined]  # noqa: B018


def test_the_packages_themselves_cost_nothing() -> None:
    """Every module of the service imports them."""
    assert loaded_by("import consumer, analytics") & HEAVY == set()


@pytest.mark.parametrize(
    ("statement", "left_out"),
    [
        ("from consumer import SupportRetryHandler, RetryConfig", HEAVY - {"structlog"}),
        ("from consumer import SupportAutoCategorizer, SupportPerformanceMonitor", KAFKA | {"uvicorn"}),
        ("from analytics import SupportCategorizationAnalytics", KAFKA | {"requests", "uvicorn"}),
    ],
)
def test_a_name_loads_what_it_needs(statement: str, left_out: set[str]) -> None:
    """Using the library does not load Kafka's client."""
    assert loaded_by(statement) & left_out == set()
