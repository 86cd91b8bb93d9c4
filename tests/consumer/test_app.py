"""A worker loads the code of its role, and no other role's."""

import subprocess
import sys

import pytest

from consumer import app

LOAD = """
import sys
from consumer.app import loaded
import consumer.service.worker
loaded(sys.argv[1])
print(*{name for module in sys.modules for name in (module.partition(".")[0], ".".join(module.split(".")[:2]))})
"""


def _loaded(role: str) -> set[str]:
    run = subprocess.run([sys.executable, "-c", LOAD, role], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_a_categorizer_loads_neither_the_sink_nor_the_client_of_clickhouse() -> None:
    modules = _loaded("categorizer")
    assert "consumer.categorizer" in modules
    assert not modules & {"consumer.sink", "analytics.store", "analytics.reports", "clickhouse_connect"}


def test_a_sink_loads_neither_the_categorizer_nor_the_client_of_the_model() -> None:
    modules = _loaded("sink")
    assert {"consumer.sink", "clickhouse_connect"} <= modules
    assert not modules & {"consumer.categorizer", "requests", "pandas", "numpy"}


def test_there_is_no_other_role() -> None:
    with pytest.raises(KeyError):
        app.loaded("dashboard")
