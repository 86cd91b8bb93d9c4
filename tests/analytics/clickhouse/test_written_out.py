"""Parametrized views written out in place: the same question, in one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics.clickhouse.written_out import parametrized_views, written_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.clickhouse.client import Client

_STATEMENTS = (
    "CREATE OR REPLACE VIEW doubled AS\nSELECT number * 3 AS n FROM numbers({most:UInt64})",
    "-- Again.\nCREATE OR REPLACE VIEW doubled AS\nSELECT number * 2 AS n FROM numbers({most:UInt64})",
    """CREATE OR REPLACE VIEW labelled AS
    SELECT n, {label:String} AS label FROM doubled(most = least({most:UInt64}, 3)) SETTINGS max_threads = 1""",
    "CREATE OR REPLACE VIEW plain AS\nSELECT 1 AS one",
)
_QUERIES = (
    "SELECT * FROM labelled(most = 5, label = 'a, (b) = c') ORDER BY n",
    "SELECT labelled.n FROM labelled(most = {most:UInt64}, label = '') ORDER BY labelled.n",
    "SELECT a.n, b.n AS m FROM doubled(most = 4) AS a INNER JOIN doubled(most = 2) AS b ON a.n = b.n ORDER BY a.n",
    "SELECT (SELECT max(n) FROM doubled(\n    most = if({most:UInt64} > 1, 9, 1))) AS most, one FROM plain",
)


def test_the_last_definition_of_a_view_with_parameters_counts() -> None:
    """A view without parameters stays a view: it is documented, and others may have defined it."""
    views = parametrized_views(_STATEMENTS)

    assert views.keys() == {"doubled", "labelled"}
    assert "* 2" in views["doubled"]


@pytest.fixture
def _defined(client: Client) -> Iterator[None]:
    for statement in _STATEMENTS:
        client.command(statement)
    yield
    for view in ("doubled", "labelled", "plain"):
        client.command(f"DROP VIEW {view}")


@pytest.mark.usefixtures("_defined")
@pytest.mark.parametrize("query", _QUERIES)
def test_it_asks_the_same(client: Client, query: str) -> None:
    """With views in views, values that look like syntax, aliases and names that a query uses for its columns."""
    plain = written_out(query, parametrized_views(_STATEMENTS))

    assert "doubled(" not in plain
    assert "labelled(" not in plain
    assert client.rows(plain, {"most": 3}) == client.rows(query, {"most": 3})


def test_a_missing_value_is_an_error() -> None:
    """Rather than a question about something else."""
    with pytest.raises(KeyError, match="label"):
        written_out("SELECT * FROM labelled(most = 1)", parametrized_views(_STATEMENTS))
