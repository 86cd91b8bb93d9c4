"""The environment of Quix Streams, which needs older libraries than this project."""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.errors import BenchmarkFailed
from benchmarks.screen import Screen

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".venv-bench"
REQUIREMENTS = Path(__file__).parent / "quix-requirements.txt"
# This project is not installed there; shared modules are imported from the checkout.
VARIABLES = {"PYTHONPATH": str(ROOT)}


def python() -> Path:
    """The interpreter of the environment."""
    return FOLDER / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def pinned(package: str) -> str:
    """The version of a package in this environment."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return next(line.split()[0].partition("==")[2] for line in lines if line.startswith(f"{package}=="))


def prepare(screen: Screen) -> None:
    """Make the environment, or make it again when its requirements have changed.

    Raises:
        BenchmarkFailed: The packages could not be installed.
    """
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    made = FOLDER / "installed"
    if made.exists() and made.read_text(encoding="utf-8") == wanted:
        return
    screen.say(f"making {FOLDER.name} for Quix Streams (once, about a minute)")
    venv.create(FOLDER, clear=True, with_pip=True)
    (FOLDER / ".gitignore").write_text("*\n", encoding="utf-8")
    pip = [str(python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*pip, "--require-hashes", "-r", str(REQUIREMENTS)], check=False).returncode:
        raise BenchmarkFailed(
            f"{REQUIREMENTS.name} could not be installed into {FOLDER.name}; see above. Without a package index, "
            "leave Quix Streams out with --without-quix"
        )
    made.write_text(wanted, encoding="utf-8")
