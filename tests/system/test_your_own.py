"""What the page about projects tells people to type works as it stands there."""

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from consumer.answer.taxonomy import load_taxonomy
from tests.support.waiting import until
from tests.support.world import bare_environment

ROOT = Path(__file__).parents[2]
PAGES = ["docs/your-own.md"]
SANDBOX = "ticketstream sandbox "


def commands(page: str) -> list[str]:
    """Every command of every `sh` block, in order."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def environment() -> dict[str, str]:
    ours = bare_environment()
    return {**ours, "PATH": f"{Path(sys.executable).parent}:{ours['PATH']}", "NO_PROXY": "*"}


def typed(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What a shell in this folder makes of the command."""
    return subprocess.run(
        ["/bin/sh", "-c", command],
        env=environment(),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )


@contextmanager
def running(command: str, folder: Path) -> Iterator[None]:
    """The sandbox of this command, from the moment when it says that it is ready."""
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(["/bin/sh", "-c", f"exec {command}"], env=environment(), cwd=folder, stderr=said)
    try:
        until(lambda: process.poll() is not None or "Ctrl-C" in (folder / "said").read_text(), 120)
        assert process.poll() is None, (folder / "said").read_text()
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def tried(command: str, folder: Path) -> str:
    """What was wrong with it in the end: what was published a moment ago takes a moment to arrive."""
    give_up_s = time.monotonic() + 15
    while (result := typed(command, folder)).returncode and "explain" in command and time.monotonic() < give_up_s:
        pass
    return result.stderr if result.returncode else ""


@pytest.mark.long
@pytest.mark.timeout(850)
@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_page_works(tmp_path: Path, page: str) -> None:
    """Each ends with 0, in the page's order, the later ones beside the sandbox that the page starts."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    before, (sandbox, *after) = _parted(commands(page))
    failed = [(command, error) for command in before if (error := tried(command, tmp_path))]
    assert failed == []
    folder = tmp_path
    with running(sandbox, tmp_path):
        for command in after:
            if command.startswith("cd "):
                folder = (folder / command.removeprefix("cd ")).resolve()
            elif error := tried(command, folder):
                failed.append((command, error))
        doctor = typed("ticketstream doctor", tmp_path / "shop").stdout

    assert failed == []
    assert {line.split()[0] for line in doctor.splitlines()} == {"ok"}
    assert load_taxonomy(tmp_path / "shop" / "taxonomy.toml").translate("tallas_y_cambios") == ("tallas", None)


def _parted(all_commands: list[str]) -> tuple[list[str], list[str]]:
    place = next(place for place, command in enumerate(all_commands) if command.startswith(SANDBOX))
    return all_commands[:place], all_commands[place:]
