"""The views are told apart from the tables, explain themselves, and are what the queries write out."""

import datetime as dt
import re

import pytest

from analytics.clickhouse.client import Client
from analytics.clickhouse.queries import read
from analytics.clickhouse.schema_files import View, shipped
from analytics.reports.pairs import pairs
from analytics.reports.question import Level, Question
from analytics.reports.steps import STEPS
from analytics.reports.window import Window
from analytics.store.row_writer import RowWriter
from tests.support.stored_events import NOON_MS, categorized, corrected, operation

NOON = dt.datetime.fromtimestamp(NOON_MS / 1000, dt.UTC)
# How a view with parameters is asked.
PARAMETERS = {
    "operation_percentiles": "(from = '2026-11-22 00:00:00', to = '2026-11-23 00:00:00')",
    "judgements": "(since = '2026-11-22 00:00:00', level = 'category', renamed = map('', ''))",
}


@pytest.mark.parametrize("view", shipped().views, ids=lambda view: view.name)
def test_a_view_and_each_of_its_columns_has_a_comment(client: Client, view: View) -> None:
    """And the columns are declared with the types that the SELECT gives, so that no value is converted."""
    (made,) = client.rows(
        "SELECT comment, as_select, create_table_query AS text FROM system.tables"
        " WHERE database = currentDatabase() AND name = {name:String}",
        {"name": view.name},
    )
    asked = f"{view.name}{PARAMETERS[view.name]}" if view.name in PARAMETERS else f"({made['as_select']})"
    columns = client.rows(f"DESCRIBE TABLE {asked}")
    declared = re.sub(r"\s+", "", str(made["text"]))

    assert made["comment"]
    for column in columns:
        assert re.sub(r"\s+", "", f"`{column['name']}` {column['type']} COMMENT'") in declared, column["name"]
    assert declared.count("COMMENT'") == len(columns) + 1


def test_own_tables_begin_with_an_underscore(client: Client) -> None:
    """A list of the database's tables shows the views beside each other."""
    engines = client.tables()

    assert {name for name, engine in engines.items() if name.startswith("_") == (engine == "View")} == set()


@pytest.mark.parametrize("view", shipped().views, ids=lambda view: view.name)
def test_a_view_reads_tables_only(view: View) -> None:
    """A view that names another has to be created after it, and fails when that one is replaced at the same moment."""
    read_from = set(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", view.text.partition("\nAS\n")[2]))

    assert any(name.startswith("_") for name in read_from)
    assert read_from.isdisjoint(other.name for other in shipped().views)


def _fill(client: Client) -> None:
    answers = [categorized(f"T-{number}", number, attempts=number % 3) for number in range(8)]
    said = [corrected(f"T-{number}", ("account", "billing", "money")[number % 3], number) for number in range(6)]
    RowWriter(client).write([*answers, *said, operation(attempts=3, outcome="timeout"), operation("insert", 1)])


@pytest.mark.parametrize("level", ["category", "subcategory"])
@pytest.mark.parametrize("renamed", [{}, {"billing": "money"}])
def test_judgements_written_out_are_those_of_the_view(client: Client, level: Level, renamed: dict[str, str]) -> None:
    """The query that has the view's SELECT in it and the one that names the view say the same."""
    _fill(client)
    question = Question(NOON - dt.timedelta(hours=1), level, renamed=renamed)
    rows = client.rows(
        "SELECT label, truth, countIf(stands) AS stood, countIf(stands AND wrong) AS corrected"
        " FROM judgements(since = {since:DateTime64(3, 'UTC')}, level = {level:String},"
        " renamed = mapFromArrays({renamed_from:Array(String)}, {renamed_to:Array(String)}))"
        " GROUP BY ALL ORDER BY ALL",
        question.parameters(),
    )

    assert rows
    assert [tuple(row.values()) for row in rows] == [
        (pair.label, pair.truth, pair.stood, pair.corrected) for pair in pairs(client, question)
    ]


def test_percentiles_written_out_are_those_of_the_view(client: Client) -> None:
    """As above."""
    _fill(client)
    asked = Window.of(NOON - dt.timedelta(minutes=5), NOON + dt.timedelta(minutes=5)).parameters
    view = client.rows(
        "SELECT operation, calls, failures, retries, mean_ms, p50_ms, p95_ms, p99_ms, max_ms"
        " FROM operation_percentiles(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')})"
        " ORDER BY operation",
        asked,
    )

    assert len(view) > 3
    assert client.rows(read("latency"), asked) == view


def test_confidence_steps_are_the_same_everywhere() -> None:
    """They stand in a migration, which may not change, in a part of the queries, and in Python."""
    lists = [
        [float(number) for number in found.split(",")]
        for text in (shipped().migrations[0].text, read("store_judgements"), read("unjudged_steps"))
        for found in re.findall(r"\[(0, 0\.05,[^\]]*)\]", text)
    ]

    assert len(lists) == 3
    assert all(found == list(STEPS) for found in lists)
