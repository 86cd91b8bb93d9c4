"""The order of the imports: between packages, between the folders of a package, and of the client libraries."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Imports go one way, from the left to what stands on the right.
MAY_IMPORT = {
    "network": set[str](),
    "schemas": set[str](),
    "tickets": set[str](),
    "serving": set[str](),
    "terminal": set[str](),
    "analytics": {"network", "schemas"},
    "classifier": {"schemas", "serving", "terminal", "tickets"},
    "consumer": {"network", "schemas", "serving", "terminal", "tickets", "analytics"},
    "projects": {"schemas", "serving", "terminal", "tickets", "classifier", "consumer"},
    "learning": {"schemas", "serving", "terminal", "tickets", "analytics", "classifier", "consumer", "projects"},
    "sandbox": {"network", "schemas", "serving", "terminal", "tickets", "analytics", "consumer"},
    "ticketstream": {
        "network",
        "schemas",
        "serving",
        "terminal",
        "tickets",
        "analytics",
        "consumer",
        "learning",
        "projects",
        "sandbox",
        "classifier",
    },
    "benchmarks": {
        "network",
        "schemas",
        "serving",
        "terminal",
        "tickets",
        "analytics",
        "consumer",
        "learning",
        "projects",
        "sandbox",
        "ticketstream",
        "classifier",
    },
    "tests": {
        "network",
        "serving",
        "terminal",
        "schemas",
        "tickets",
        "analytics",
        "consumer",
        "learning",
        "projects",
        "sandbox",
        "ticketstream",
        "classifier",
        "benchmarks",
    },
}
# Within a package ▸ means "may import". Names between commas stand on one level and do not import each other.
FOLDER_ORDER = {
    "consumer": (
        "service ▸ app, commands ▸ categorizer, sink, library ▸ monitoring, bad_records, overrides ▸ answer, kafka"
        " ▸ model, config ▸ guards, lifetime ▸ errors, logs, crash_points, outside, time_limit"
    ),
    "analytics": "dashboard, library ▸ reports ▸ store ▸ clickhouse ▸ forks",
    "projects": "learning, training, names ▸ rules ▸ accuracy ▸ tickets ▸ files",
    "tickets": "text, files",
}
# The public door of a package names what other programs use, for type checkers; it loads it on demand.
DOOR = "__init__"
DOOR_MAY_NAME = {
    "consumer": {"library", "guards"},
    "analytics": {"library"},
    "projects": set[str](),
    "tickets": set[str](),
}
# Each client library has one place that may import it. Tests and benchmarks may import all of them.
CLIENTS = {
    "confluent_kafka": r"consumer/kafka/\w+\.py|sandbox/.*",
    "requests": r"consumer/model/client\.py|classifier/llm/chat/endpoint\.py",
    "urllib3": r"consumer/(model/(client|connection)|kafka/schema_registry)\.py|"
    r"analytics/clickhouse/(client|own_pool)\.py|classifier/llm/chat/endpoint\.py",
    "clickhouse_connect": r"analytics/clickhouse/(client|connection_of_user|error_codes)\.py",
    "fastavro": r"schemas/.*",
    "chdb": r"sandbox/clickhouse/.*",
    "sklearn": r"classifier/.*",
    "scipy": r"(classifier|projects)/.*",
    "joblib": r"classifier/.*",
    "py3langid": r"(classifier|projects)/.*",
    "ftfy": r"tickets/text/.*",
    "selectolax": r"tickets/text/.*",
    "charset_normalizer": r"tickets/files/.*",
    "uvicorn": r"serving/http_bounds\.py",
}
ENVIRONMENT = r"consumer/config/sources\.py"
OUTSIDE = {"tests", "benchmarks"}
_READS_ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}


def faults(path: str, source: str) -> list[str]:
    """List the imports against the order of the packages, the stray clients and reads of the environment in a file.

    Args:
        path: The file's path from the root; it says to which package and folder the file belongs.
        source: The file's text.
    """
    tree = ast.parse(source, path)
    package = path.partition("/")[0]
    imported = {module.partition(".")[0] for module in _imported(tree, path)}
    allowed = ", ".join(sorted(MAY_IMPORT[package])) or "nothing of ours"
    found = [
        f"{path} imports {other}: {package} may import {allowed}"
        for other in sorted(imported & MAY_IMPORT.keys() - {package} - MAY_IMPORT[package])
    ]
    if package in OUTSIDE:
        return found
    found += [
        f"{path} imports {client}, which only {importers} may"
        for client, importers in CLIENTS.items()
        if client in imported and not re.fullmatch(importers, path)
    ]
    if _reads_environment(tree) and not re.fullmatch(ENVIRONMENT, path):
        found.append(f"{path} reads the environment, which only {ENVIRONMENT} may")
    return found


def folder_faults(path: str, source: str) -> list[str]:
    """List the imports of a file against the order of the folders of its package, one sentence each."""
    package, folder = path.removesuffix(".py").split("/")[:2]
    levels = _levels(package)
    others = _folders(package, _imported(ast.parse(source, path), path)) - {folder}
    if folder == DOOR:
        named = DOOR_MAY_NAME[package]
        door = " and ".join(sorted(named))
        return [f"{path} imports {package}.{other}: the door names {door} only" for other in sorted(others - named)]
    if folder not in levels:
        return [f"{path} has no place in the order of {package}: write {folder} into FOLDER_ORDER"]
    return [
        f"{path} imports {package}.{other}: {_mend(package, folder, other)}"
        for other in sorted(others)
        if levels.get(other, -1) <= levels[folder]
    ]


def order_faults(root: Path) -> list[str]:
    """List the imports against the order of packages and folders in all files under the root."""
    found: list[str] = []
    for package in MAY_IMPORT:
        for file in sorted((root / package).rglob("*.py")):
            path, source = file.relative_to(root).as_posix(), file.read_text("utf-8")
            found += faults(path, source)
            if package in FOLDER_ORDER:
                found += folder_faults(path, source)
    return found


def _mend(package: str, folder: str, other: str) -> str:
    """Say which way the arrow should go, and what to do about it."""
    levels = _levels(package)
    if other not in levels:
        return f"{other} is no module of {package}; import it from its own module"
    if levels[other] == levels[folder]:
        first, second = sorted((folder, other))
        return f"no arrow goes between {first} and {second}; move what both need below them"
    return f"the arrow goes from {other} to {folder}; move what both need below {folder}"


def _levels(package: str) -> dict[str, int]:
    """Number the folders of a package by the order, from the top."""
    ranks = enumerate(FOLDER_ORDER[package].split(" ▸ "))
    return {name: level for level, names in ranks for name in names.split(", ")}


def _folders(package: str, imported: Iterable[str]) -> set[str]:
    """List what stands directly below the package in the imported names."""
    return {module.split(".")[1] for module in imported if module.startswith(f"{package}.")}


def _imported(tree: ast.AST, path: str) -> Iterator[str]:
    """Yield each imported module, and each name that is imported from one as `module.name`."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                parents = path.split("/")[:-level] if level else []
                origin = ".".join([*parents, *([module] if module else [])])
                yield from (f"{origin}.{alias.name}" for alias in names)
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
def test_every_import_follows_the_order(package: str) -> None:
    """No file imports another package against the order, or a client library or the environment outside its place."""
    files = sorted((ROOT / package).rglob("*.py"))
    found = [fault for file in files for fault in faults(file.relative_to(ROOT).as_posix(), file.read_text("utf-8"))]

    assert files
    assert found == []


@pytest.mark.parametrize("package", FOLDER_ORDER)
def test_every_import_follows_the_order_of_the_folders(package: str) -> None:
    """No folder of the package imports one that stands above it or beside it."""
    files = sorted((ROOT / package).rglob("*.py"))
    found = [
        fault for file in files for fault in folder_faults(file.relative_to(ROOT).as_posix(), file.read_text("utf-8"))
    ]

    assert found == []


@pytest.mark.parametrize(
    ("path", "source", "fault"),
    [
        ("schemas/a.py", "import consumer.app", "imports consumer"),
        ("analytics/a.py", "from consumer.config.settings import Settings", "imports consumer"),
        ("classifier/a.py", "from consumer import model", "imports consumer"),
        ("consumer/kafka/a.py", "def f():\n    from sandbox import system", "imports sandbox"),
        ("ticketstream/a.py", "import tests.waiting", "imports tests"),
        ("benchmarks/a.py", "from tests import waiting", "imports tests"),
        ("consumer/app.py", "import confluent_kafka", "imports confluent_kafka"),
        ("consumer/commands/doctor.py", "from confluent_kafka import admin", "imports confluent_kafka"),
        ("consumer/model/call.py", "from requests import Session", "imports requests"),
        ("sandbox/a.py", "import clickhouse_connect.driver", "imports clickhouse_connect"),
        ("consumer/kafka/a.py", "import importlib\nimportlib.import_module('fastavro.read')", "imports fastavro"),
        ("ticketstream/run.py", "import os\nos.environ['A']", "reads the environment"),
        ("analytics/clickhouse/client.py", "from os import getenv", "reads the environment"),
    ],
)
def test_each_forbidden_import_is_named_with_its_file(path: str, source: str, fault: str) -> None:
    """Each kind of fault is found, inside functions too."""
    assert [sentence.startswith(f"{path} {fault}") for sentence in faults(path, source)] == [True]


@pytest.mark.parametrize(
    ("path", "source", "fault"),
    [
        (
            "consumer/kafka/x.py",
            "import consumer.categorizer",
            "imports consumer.categorizer: the arrow goes from categorizer to kafka; move what both need below kafka",
        ),
        (
            "consumer/sink/x.py",
            "from consumer.categorizer.window import Window",
            "imports consumer.categorizer: no arrow goes between categorizer and sink; move what both need below them",
        ),
        (
            "consumer/errors.py",
            "from consumer import logs",
            "imports consumer.logs: no arrow goes between errors and logs; move what both need below them",
        ),
        (
            "consumer/guards/x.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from consumer.model.call import Caller",
            "imports consumer.model: the arrow goes from model to guards; move what both need below guards",
        ),
        (
            "consumer/commands/x.py",
            "def f():\n    from ..service import worker",
            "imports consumer.service: the arrow goes from service to commands; move what both need below commands",
        ),
        (
            "consumer/service/x.py",
            "from consumer import RetryConfig",
            "imports consumer.RetryConfig: RetryConfig is no module of consumer; import it from its own module",
        ),
        (
            "analytics/store/x.py",
            "from analytics.reports.report import in_sql",
            "imports analytics.reports: the arrow goes from reports to store; move what both need below store",
        ),
        ("consumer/__init__.py", "import consumer.app", "imports consumer.app: the door names guards and library only"),
        ("consumer/x.py", "", "has no place in the order of consumer: write x into FOLDER_ORDER"),
    ],
)
def test_an_import_against_the_order_of_the_folders_says_which_way_the_arrow_goes(
    path: str, source: str, fault: str
) -> None:
    """The message names both folders and what to do; imports for type checkers count as all others do."""
    assert folder_faults(path, source) == [f"{path} {fault}"]


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
def test_an_import_that_follows_the_order_is_no_fault(path: str, source: str) -> None:
    """What stands to the right may be imported, and a client library in its place."""
    assert faults(path, source) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("consumer/kafka/admin.py", "from . import records\nfrom consumer.kafka.records import Record"),
        ("consumer/service/worker.py", "from consumer.guards import clock\nfrom consumer import errors, app"),
        ("consumer/errors.py", "import structlog, analytics.reports"),
        ("consumer/__init__.py", "from consumer.library.place import Place\nimport consumer.guards.retry"),
        ("analytics/dashboard/pages.py", "import analytics.reports.report, analytics.clickhouse.client"),
    ],
)
def test_an_import_that_follows_the_order_of_the_folders_is_no_fault(path: str, source: str) -> None:
    """Lower folders and the file's own folder may be imported; other packages are no matter of this order."""
    assert folder_faults(path, source) == []


def test_every_package_has_its_place_in_the_order() -> None:
    """A new top-level package must be written into the order."""
    ours = {file.parent.name for file in ROOT.glob("*/__init__.py")}

    assert ours <= MAY_IMPORT.keys()


@pytest.mark.parametrize("package", FOLDER_ORDER)
def test_the_order_names_only_folders_that_exist(package: str) -> None:
    """A folder that is renamed or removed must leave the order too."""
    there = {path.name.removesuffix(".py") for path in (ROOT / package).iterdir()}

    assert _levels(package).keys() <= there
