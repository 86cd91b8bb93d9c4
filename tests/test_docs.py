"""The documents say what is true."""

import re
from pathlib import Path

from consumer.config.settings import Settings, Topics

ROOT = Path(__file__).parent.parent
CONTRACT = (ROOT / "docs" / "CONTRACT.md").read_text(encoding="utf-8")


def test_every_setting_is_documented() -> None:
    """Each setting that the service reads stands in the contract's table."""
    names = {name.upper() for name in Settings.model_fields} - {"KAFKA_PROPERTIES", "TOPICS"}

    assert {name for name in names if f"`{name}`" not in CONTRACT} == set()


def test_every_documented_setting_exists() -> None:
    """Each name in the contract's table of settings is read by the service."""
    table = CONTRACT.split("## Settings")[1].split("## Exit codes")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([A-Z0-9_]+)`", row)}

    assert named - {name.upper() for name in Settings.model_fields} == set()


def test_every_topic_is_documented() -> None:
    """Each topic that the service reads or writes stands in the contract's table."""
    assert {topic for topic in Topics().model_dump().values() if f"`{topic}`" not in CONTRACT} == set()


def test_the_file_map_names_files_that_exist() -> None:
    """Each path in the architecture's file map is there."""
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text.split("## Where things are")[1].split("Imports go one way")[0]
    paths = re.findall(r"`([a-z_]+/[\w./*]*)`", table)

    assert [path for path in paths if not list(ROOT.glob(path))] == []
