"""The demo, as `make demo` runs it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.world import bare_environment


@pytest.mark.long
def test_the_demo_ends_with_figures_that_the_gold_labels_confirm(tmp_path: Path, model_folder: Path) -> None:
    """Every ticket is categorized and counted once, and the accuracy is what the gold labels give."""
    shutil.copytree(model_folder, tmp_path / "data" / "model")
    ended = subprocess.run(
        [sys.executable, "-m", "ticketstream", "demo", "--format", "json", "--rate", "0", "--data", "data"],
        env=bare_environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )

    # The demo itself compares ClickHouse's accuracy with that of the gold labels, and ends with 1 when they differ.
    assert ended.returncode == 0, ended.stderr
    figures = json.loads(ended.stdout.splitlines()[-1])
    assert figures["published"] >= 2_500
    assert figures["categorized"] == figures["rows_in_clickhouse"] == figures["published"]
    assert figures["dead_letters"] == 0
    assert figures["accuracy"] >= 0.94
    assert figures["accuracy_subcategory"] >= 0.88
    assert 0 < figures["p50_ms"] <= figures["p95_ms"] <= figures["p99_ms"]
