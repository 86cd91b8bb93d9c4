"""The fence: which package may import which, and which file may use which client library or the environment."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Imports go one way, from the left to what stands on the right.
MAY_IMPORT = {
    "schemas": set[str](),
    "analytics": {"schemas"},
    "classifier": {"schemas"},
    "consumer": {"schemas", "analytics"},
    "sandbox": {"schemas", "analytics", "consumer"},
    "ticketstream": {"schemas", "analytics", "consumer", "sandbox"},
    "benchmarks": {"schemas", "analytics", "consumer", "sandbox", "ticketstream", "classifier"},
    "tests": {"schemas", "analytics", "consumer", "sandbox", "ticketstream", "classifier", "benchmarks"},
}
# A client library has one place where it is spoken to. Tests and benchmarks may look from outside.
CLIENTS = {
    "confluent_kafka": r"consumer/kafka/\w+\.py|sandbox/.*",
    "requests": r"consumer/model/client\.py",
    "urllib3": r"consumer/model/(client|connection)\.py",
    "clickhouse_connect": r"analytics/clickhouse/(client|error_codes)\.py",
    "fastavro": r"schemas/.*",
    "chdb": r"sandbox/clickhouse/.*",
    "sklearn": r"classifier/.*",
    "scipy": r"classifier/.*",
    "joblib": r"classifier/.*",
}
ENVIRONMENT = r"consumer/config/sources\.py"
OUTSIDE = {"tests", "benchmarks"}
_READS_ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}


def faults(path: str, source: str) -> list[str]:
    """What a file, named by its path from the root, imports or reads though it may not; one sentence each."""
    tree = ast.parse(source, path)
    package = path.partition("/")[0]
    imported = {module.partition(".")[0] for module in _imported(tree)}
    found = [
        f"{path} imports {other}: {package} may import {', '.join(sorted(MAY_IMPORT[package])) or 'nothing of ours'}"
        for other in sorted(imported & MAY_IMPORT.keys() - {package} - MAY_IMPORT[package])
    ]
    if package in OUTSIDE:
        return found
    found += [
        f"{path} imports {client}, which only {where} may"
        for client, where in CLIENTS.items()
        if client in imported and not re.fullmatch(where, path)
    ]
    if _reads_environment(tree) and not re.fullmatch(ENVIRONMENT, path):
        found.append(f"{path} reads the environment, which only {ENVIRONMENT} may")
    return found


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(module)), *_]):
                yield module


def _reads_environment(tree: ast.AST) -> bool:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr=attribute) if attribute in _READS_ENVIRONMENT:
                return True
            case ast.ImportFrom(module="os", names=names) if {alias.name for alias in names} & _READS_ENVIRONMENT:
                return True
    return False


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_the_fence_holds(package: str) -> None:
    """No file imports against the direction, speaks to a client library or reads the environment out of its place."""
    files = sorted((ROOT / package).rglob("*.py"))
    found = [fault for file in files for fault in faults(str(file.relative_to(ROOT)), file.read_text("utf-8"))]

    assert files
    assert found == []


@pytest.mark.parametrize(
    ("path", "source", "fault"),
    [
        ("schemas/a.py", "import consumer.app", "imports consumer"),
        ("analytics/a.py", "from consumer.config.settings import Settings", "imports consumer"),
        ("classifier/a.py", "from consumer import model", "imports consumer"),
        ("consumer/a.py", "def f():\n    from sandbox import system", "imports sandbox"),
        ("ticketstream/a.py", "import tests.waiting", "imports tests"),
        ("benchmarks/a.py", "from tests import waiting", "imports tests"),
        ("consumer/app.py", "import confluent_kafka", "imports confluent_kafka"),
        ("consumer/model/call.py", "from requests import Session", "imports requests"),
        ("sandbox/a.py", "import clickhouse_connect.driver", "imports clickhouse_connect"),
        ("consumer/a.py", "import importlib\nimportlib.import_module('fastavro.read')", "imports fastavro"),
        ("ticketstream/run.py", "import os\nos.environ['A']", "reads the environment"),
        ("analytics/clickhouse/client.py", "from os import getenv", "reads the environment"),
    ],
)
def test_the_fence_names_who_climbs_over(path: str, source: str, fault: str) -> None:
    """Each kind of trespass is found, inside functions too, and named with its file."""
    assert [each.startswith(f"{path} {fault}") for each in faults(path, source)] == [True]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("consumer/kafka/consumer.py", "from confluent_kafka import Consumer"),
        ("consumer/model/client.py", "import requests, urllib3"),
        ("consumer/config/sources.py", "import os\nos.environ"),
        ("consumer/app.py", "import analytics.clickhouse.client\nimport os\nos.getpid()"),
        ("tests/a.py", "import confluent_kafka, os, benchmarks\nos.environ"),
    ],
)
def test_the_fence_has_gates(path: str, source: str) -> None:
    """What is allowed is let through."""
    assert faults(path, source) == []


def test_every_package_of_ours_is_behind_the_fence() -> None:
    """A new top-level package has its place in the order, or this fails."""
    ours = {file.parent.name for file in ROOT.glob("*/__init__.py")}

    assert ours <= MAY_IMPORT.keys()
