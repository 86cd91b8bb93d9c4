"""The benchmark of the reports at a tiny size: what is in its year, not how fast it was."""

from pathlib import Path

import pytest

from benchmarks.analytics.__main__ import REPORTS, over_a_year


@pytest.mark.long
def test_the_year_holds_what_its_text_says(tmp_path: Path) -> None:
    """A tenth answered again, a twentieth corrected, a hundredth twice in the tables and once in the views."""
    [section] = over_a_year(tmp_path, tmp_path / "clickhouse", scale=0.0001, runs=1, chromium=None)

    stored, reports = section.tables
    counts = {what: int(n.replace(",", "")) for what, n in stored.rows if "minutes" not in what}
    assert (counts["categorizations"], counts["corrections"], counts["telemetry"]) == (2_200, 100, 1_000)
    assert counts["categorizations, raw rows"] >= 2_200
    operations = counts["rows of `operations`: stages of tickets, and telemetry"]
    # Four stages of each answer, and the rules of those that came from them.
    assert operations == 4 * 2_200 + 200 + 1_000
    assert [name for name, _ in reports.rows] == list(REPORTS)
    assert all(verdict.measured > 0 for verdict in section.verdicts)
