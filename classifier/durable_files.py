"""Files that are whole after a crash at any step: the old content or the new one, and never a part."""

import os
import shutil
from pathlib import Path

_PARTIAL = ".partial"


def replace_file(path: Path, content: bytes) -> None:
    """Give the file new content in one step, which outlives a power cut.

    Raises:
        OSError: it cannot be written.
    """
    partial = path.with_name(f".{path.name}{_PARTIAL}")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)


def append_line(path: Path, line: bytes) -> None:
    """Append a line; where a crash left the last line without its end, the new one begins after it.

    Args:
        path: of the file, which is made where there is none.
        line: without its end.

    Raises:
        OSError: it cannot be written.
    """
    new = not path.exists()
    with path.open("ab+") as file:
        size = file.tell()
        torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
        # One write: a crash leaves the line, or its beginning.
        file.write((b"\n" if torn else b"") + line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if new:
        sync_folder(path.parent)


def partial_folder(final: Path) -> Path:
    """An empty folder beside the final one, for what becomes it by `publish_folder`."""
    partial = final.with_name(f".{final.name}{_PARTIAL}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    return partial


def publish_folder(partial: Path, final: Path) -> None:
    """Make the folder the final one in one step. Its files have to be on the disk already.

    Raises:
        OSError: there is a final one that holds something, or it cannot be written.
    """
    sync_folder(partial)
    partial.replace(final)
    sync_folder(final.parent)


def drop_partials(folder: Path) -> None:
    """Remove what writers that died have left in the folder."""
    for left in folder.glob(f".*{_PARTIAL}"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk.

    Raises:
        OSError: it cannot be done.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
