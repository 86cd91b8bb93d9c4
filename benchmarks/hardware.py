"""The machine on which the figures were measured."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.report import Table

LIBRARIES = ("ticketstream", "confluent-kafka", "fastavro", "requests", "urllib3", "noida-db")
UNKNOWN = "unknown"


def describe() -> Table:
    """The machine, the versions and the commit."""
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return Table(
        ("measured on", ""),
        [
            ("date", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
            ("commit", _commit()),
            ("CPU", _field("/proc/cpuinfo", "model name") or platform.processor() or UNKNOWN),
            ("cores", str(os.cpu_count())),
            ("memory", _memory()),
            ("load before (1, 5, 15 minutes)", load),
            ("kernel", f"{platform.system()} {platform.release()}"),
            ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
            *((name, version(name)) for name in LIBRARIES),
        ],
    )


def _field(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def _memory() -> str:
    kib = _field("/proc/meminfo", "MemTotal").partition(" ")[0]
    return f"{int(kib) / 2**20:.1f} GiB" if kib.isdigit() else UNKNOWN


def _commit() -> str:
    root = Path(__file__).parent.parent

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(root), *words],  # noqa: S607 - the git in the user's PATH
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "--short=12", "HEAD") + (" with uncommitted changes" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return UNKNOWN
