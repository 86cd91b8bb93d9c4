"""Which answers a report is about."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from analytics.clickhouse.parameters import in_sql
from analytics.reports.report import Cell, in_json

Level = Literal["category", "subcategory"]


class Question(NamedTuple):
    """Which answers, and what has to be right for an answer to be right.

    Attributes:
        since: answers from this aware time on.
        level: the category, or the subcategory with it.
        category: of this category only; None is all of them.
        renamed: earlier labels (`category` or `category/subcategory`) and those in use that they became; see
            `consumer.answer.taxonomy.Taxonomy.renamed`. A label and its later name are one.
    """

    since: datetime
    level: Level = "category"
    category: str | None = None
    renamed: Mapping[str, str] = {}

    def parameters(self) -> dict[str, object]:
        """Return it as parameters of the queries."""
        return {
            "since": in_sql(self.since),
            "level": self.level,
            "category": self.category or "",
            # The driver would write a mapping as JSON, which ClickHouse does not read as one.
            "renamed_from": list(self.renamed),
            "renamed_to": list(self.renamed.values()),
        }

    def facts(self) -> dict[str, Cell]:
        """Return it as facts of a report."""
        asked: dict[str, Cell] = {"level": self.level, "since": in_json(self.since)}
        return asked if self.category is None else asked | {"category": self.category}
