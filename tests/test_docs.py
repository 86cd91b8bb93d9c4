"""The documents say what is true."""

import re
from pathlib import Path

import pytest

from consumer.config.llm_settings import LlmSettings
from consumer.config.settings import Settings, Topics

ROOT = Path(__file__).parent.parent
READ = {*Settings.model_fields, *LlmSettings.model_fields}
CONTRACT = (ROOT / "docs" / "CONTRACT.md").read_text(encoding="utf-8")


def test_every_setting_is_documented() -> None:
    """Each setting that the service and its LLM read stands in the contract's table."""
    names = {name.upper() for name in READ} - {"KAFKA_PROPERTIES", "PROXIES", "TOPICS"}

    assert {name for name in names if f"`{name}`" not in CONTRACT} == set()


def test_every_documented_setting_exists() -> None:
    """Each name in the contract's table of settings is read by the service."""
    table = CONTRACT.split("## Settings")[1].split("## Exit codes")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([A-Z0-9_]+)`", row)}

    assert named - {name.upper() for name in READ} == set()


def test_every_topic_is_documented() -> None:
    """Each topic that the service reads or writes stands in the contract's table."""
    assert {topic for topic in Topics().model_dump().values() if f"`{topic}`" not in CONTRACT} == set()


def _folders() -> dict[str, str]:
    """The rows of the architecture's folder table: the folder, and what is said of it."""
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text.split("## Where things are")[1].split("## The states of one transaction")[0]
    rows = [line.split("|", 2)[1:] for line in table.splitlines() if line.startswith("| `")]
    return {folder.strip(" `"): said for folder, said in rows}


def test_the_folder_table_names_files_that_exist() -> None:
    """Each file in a row of the table is in the row's folder, or is named by its path from the root."""
    named = [
        (folder, name) for folder, said in _folders().items() for name in re.findall(r"`([\w./]+(?:\.\w+|/))`", said)
    ]

    assert [
        (folder, name) for folder, name in named if not any((at / name).exists() for at in (ROOT, ROOT / folder))
    ] == []


def test_the_folder_table_leaves_no_folder_out() -> None:
    """Each folder of the service and of the analytics has its row."""
    packages = {
        f"{file.parent.relative_to(ROOT)}/"
        for top in ("consumer", "analytics")
        for file in ROOT.glob(f"{top}/*/__init__.py")
    }

    assert packages - _folders().keys() == set()


@pytest.mark.parametrize("folder", ["kafka", "categorizer", "sink", "answer", "bad_records", "commands", "service"])
def test_the_folder_table_names_every_module(folder: str) -> None:
    """A stranger finds each module of these folders in the table."""
    modules = {file.name for file in (ROOT / "consumer" / folder).glob("*.py")} - {"__init__.py"}

    assert {name for name in modules if f"`{name}`" not in _folders()[f"consumer/{folder}/"]} == set()


@pytest.mark.parametrize(
    "page", sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/*.md")})
)
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link is to a file that is there, and to a heading that the file has."""
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, heading = link.partition("#")
        if "://" in link:
            continue
        target = (page.parent / path) if path else page
        assert target.exists(), link
        if heading:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in {re.sub(r"[^\w\- ]", "", each).lower().replace(" ", "-") for each in headings}, link


@pytest.mark.parametrize(
    "page", ["CONTRIBUTING.md", "docs/CONTRACT.md", "docs/guide.md", "README.md", "README.es.md", "schemas/README.md"]
)
def test_pages_name_files_that_exist(page: str) -> None:
    """Each path of ours on these pages is there."""
    text = (ROOT / page).read_text(encoding="utf-8")
    paths = re.findall(
        r"`((?:schemas|analytics|consumer|classifier|sandbox|ticketstream|tests|benchmarks)/[\w./*]*)`", text
    )

    assert [path for path in paths if "NAME" not in path and not list(ROOT.glob(path.rstrip("/")))] == []
