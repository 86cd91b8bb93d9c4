"""A policy as a file, put in its place at once: whoever reads it sees the old one or the new one."""

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from consumer.answer.policy import NEVER, Policy, Thresholds


def policy_text(policy: Policy, comments: Iterable[str]) -> str:
    """The file's content, comments first."""
    lines = [f"# {comment}" for comment in comments]
    lines += ["", f"version = {json.dumps(policy.version)}", *_table(policy.overall)]
    for category, thresholds in sorted(policy.categories.items()):
        lines += ["", f"[categories.{json.dumps(category)}]", *_table(thresholds)]
    return "\n".join(lines) + "\n"


def _table(thresholds: Thresholds) -> tuple[str, str]:
    auto = '"never"' if thresholds.auto == NEVER else repr(thresholds.auto)
    return f"auto = {auto}", f"suggest = {thresholds.suggest!r}"


def put(path: Path, text: str) -> None:
    """Write a file beside its place and move it there.

    Raises:
        OSError: when the directory cannot be written.
    """
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        # mkstemp lets nobody else read it; a service often runs as another user.
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
