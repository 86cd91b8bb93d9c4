"""Every snippet of docs/library.md runs, in the order of the page."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from analytics.clickhouse.client import Connection
from tests.library.reading import rows
from tests.support.clickhouse_process import DoorProcess
from tests.support.model_scripts import good
from tests.support.model_server import serve

PAGE = Path(__file__).parents[2] / "docs" / "library.md"


def test_the_page_is_right(door: DoorProcess, db_conn: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    """With the addresses of this test's servers, every example of docs/library.md does what the page says."""
    page = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    with serve(good) as server:
        for block in blocks:
            run = block.replace("https://ml-api.example.com/classify", server.url)
            run = run.replace('host="clickhouse.example.com"', f'host="127.0.0.1", port={urlsplit(door.url).port}')
            run = run.replace('database="ticketstream"', f'database="{db_conn.database}"')
            exec(compile(run, "docs/library.md", "exec"), names)  # noqa: S102 - that is what is tested
    names["db_conn"].close()

    assert len(blocks) == page.count("```") // 2
    printed = capsys.readouterr().out.splitlines()
    assert printed[:3] == [
        "billing payment_issue 0.9 AUTO MODEL",
        "0.0% of 1 were not corrected; enough to say so: False",
        "closed 0",
    ]
    assert printed[3].endswith("100.0% of 1 succeeded")
    assert rows(db_conn, "SELECT method, final_category, label_state FROM tickets") == [
        ("MODEL", "account", "corrected")
    ]
    assert rows(db_conn, "SELECT ticket_id FROM operations WHERE operation = 'lookup' AND instance != ''") == [
        ("TKT-123",)
    ]
