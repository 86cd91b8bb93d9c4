"""The files of the pages, held in memory, so that no address can lead to any other file."""

import hashlib
import mimetypes
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import Response

_FOLDERS = ("static", "languages")


class StaticFiles:
    """All files, and a checksum of them.

    The checksum stands in the address before the path. So scripts find each other by relative addresses, and a browser
    may keep every file for ever.
    """

    def __init__(self) -> None:
        package = resources.files("analytics.dashboard")
        self._files = {
            str(path): content
            for folder in _FOLDERS
            for path, content in _below(package / folder, PurePosixPath(folder))
        }
        digest = hashlib.sha256()
        for path, content in sorted(self._files.items()):
            digest.update(f"{path}\0{len(content)}\0".encode() + content)
        self.state = digest.hexdigest()[:12]

    def address(self, path: str) -> str:
        return f"/files/{self.state}/{path}"

    def answer(self, request: Request) -> Response:
        content = self._files.get(request.path_params["path"])
        if content is None:
            return Response("There is no such file.\n", 404, media_type="text/plain")
        media_type, _ = mimetypes.guess_type(request.path_params["path"])
        # A page that was open during an update asks for the new file by the old checksum.
        is_current = request.path_params["state"] == self.state
        kept = "public, max-age=31536000, immutable" if is_current else "no-store"
        return Response(content, media_type=media_type or "text/plain", headers={"Cache-Control": kept})


def _below(folder: Traversable, at: PurePosixPath) -> Iterator[tuple[PurePosixPath, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _below(entry, at / entry.name)
        else:
            yield at / entry.name, entry.read_bytes()
