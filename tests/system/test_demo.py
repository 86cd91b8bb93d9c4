"""The demo, as `make demo` runs it."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.service import fetched
from tests.support.terminals import ROOT, commands_in, lasting, typed
from tests.support.waiting import until
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


@pytest.fixture
def data(tmp_path: Path, model_folder: Path) -> Path:
    """A folder for the demo, with the model that is trained already."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "model").symlink_to(model_folder)
    return tmp_path / "data"


@pytest.mark.long
def test_on_a_terminal_it_stays_and_every_command_that_it_prints_works(data: Path) -> None:
    """Also that which kills the model: the answer is provisional, and the model's own comes when it is back."""
    command = [sys.executable, "-m", "ticketstream", "demo", "--rate", "0", "--data", str(data)]
    with lasting(command, data, {}) as screen:
        shown = screen.until("Ctrl-C stops it all.", 110)
        page = re.search(r"The page: (http://\S+)", shown)
        status = fetched(page[1] + "/readyz")[0] if page else 0
        enter, *others = commands_in(shown[shown.index("Three of the tickets") :])
        ended = {other: typed(f"{enter} && {other}", data.parent, {}) for other in others}
        screen.until("asked about the provisional answers again", 90)
        again = until(lambda: b"revision 1" in (out := typed(f"{enter} && {others[-1]}", data, {}).out) and out) or b""
        code = screen.ctrl_c(60)
    left = typed(f"{enter} && {others[-1]}", data, {})

    assert status == 200
    assert {other: done.errors for other, done in ended.items() if done.code} == {}
    assert [word for word in ("publish", "explain", "correct", "kill ") if word not in "".join(others)] == []
    assert b"MODEL" in ended[others[1]].out
    assert b"provisional: the model will be asked again" in ended[others[-1]].out
    assert b"method    MODEL" in again
    assert shown.count("confidence ") >= 3
    assert code == 0
    assert "Traceback" not in screen.text
    # The addresses are gone with the demo.
    assert (left.code, b"CLICKHOUSE_URL is not set" in left.errors) == (2, True)


@pytest.mark.long
def test_on_a_terminal_it_ends_where_that_is_asked_for(data: Path) -> None:
    """With 0, after the figures."""
    command = [sys.executable, "-m", "ticketstream", "demo", "--rate", "0", "--data", str(data), "--exit"]
    with lasting(command, data, {}) as screen:
        code = screen.process.wait(200)

    assert code == 0
    assert "accuracy" in screen.text
    assert "Ctrl-C" not in screen.text


@pytest.mark.long
def test_ctrl_c_ends_it_well_through_make(data: Path) -> None:
    """The demo stops its parts and takes leave; make ends with 0 and complains of nothing."""
    made = ["-o", f"{sys.prefix}/installed", f"VENV={sys.prefix}", f"ARGS=--rate 0 --data {data}"]
    with lasting(["make", "--directory", str(ROOT), "--no-print-directory", "demo", *made], data, {}) as screen:
        screen.until("Ctrl-C stops it all.", 110)
        code = screen.ctrl_c(60)

    assert code == 0
    assert "demo: all parts are stopped" in screen.text
    assert [word for word in ("***", "Error", "Traceback") if word in screen.text] == []
