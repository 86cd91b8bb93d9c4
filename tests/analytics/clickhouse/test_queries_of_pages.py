"""Queries that the documents tell to ask are answered by the engine: their views, columns and functions exist."""

import re
from pathlib import Path

from analytics.clickhouse.client import Client

ROOT = Path(__file__).parents[3]
# From SELECT to the end of its block, or to the quotation mark that ends it.
_QUERY = re.compile(r'^ {4,}(SELECT .*(?:\n {4,}\S.*)*)|"(SELECT [^"]*)"', re.MULTILINE)


def queries() -> list[tuple[str, str]]:
    """Each query, with its page."""
    pages = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
    return [
        (str(page.relative_to(ROOT)), indented or quoted)
        for page in pages
        for indented, quoted in _QUERY.findall(page.read_text(encoding="utf-8"))
    ]


def test_queries_of_pages_are_answered(client: Client) -> None:
    """Each is run where there are no rows: a view or a column that is not there fails all the same."""
    found = queries()
    for page, query in found:
        assert isinstance(client.rows(query), list), page

    assert len(found) >= 5
