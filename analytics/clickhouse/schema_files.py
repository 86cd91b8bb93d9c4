"""The files that define a database: numbered migrations of the tables, and one file for each view.

No view names another view: what two of them have in common is written into both (see `templates`). So they can be
created in any order, the replacement of one never disturbs the creation of another, and the checksum of a view changes
with everything that it is made of.
"""

import hashlib
import re
from functools import cache
from importlib import resources
from importlib.metadata import version
from typing import NamedTuple

from analytics.clickhouse.templates import render

_MIGRATION = re.compile(r"\d{4}_\w+")
_END_OF_STATEMENT = re.compile(r";[ \t]*(?:\n|$)")
_COMMENT = re.compile(r"--[^\n]*")


class Migration(NamedTuple):
    """A change of the tables, made once.

    Attributes:
        name: its number and subject, such as `0001_tables`.
        text: its statements, each ended by a semicolon at the end of a line.
    """

    name: str
    text: str

    @property
    def path(self) -> str:
        """The file, without its ending."""
        return f"migrations/{self.name}"

    @property
    def statements(self) -> list[str]:
        """The statements, without the empty ones."""
        parts = (part.strip() for part in _END_OF_STATEMENT.split(self.text))
        return [part for part in parts if _COMMENT.sub("", part).strip()]


class View(NamedTuple):
    """A view, replaced whenever its text has changed.

    Attributes:
        name: the view's name.
        text: its one statement.
    """

    name: str
    text: str

    @property
    def path(self) -> str:
        """The file, without its ending."""
        return f"views/{self.name}"

    @property
    def statements(self) -> list[str]:
        """The one statement."""
        return [self.text]


class Schema(NamedTuple):
    """What a version of this program needs.

    Attributes:
        release: the version.
        migrations: in order.
        views: by name.
    """

    release: str
    migrations: tuple[Migration, ...]
    views: tuple[View, ...]


def checksum(file: Migration | View) -> str:
    """SHA-256 of the text, in hex."""
    return hashlib.sha256(file.text.encode()).hexdigest()


@cache
def shipped() -> Schema:
    """Return what this version needs."""
    package = resources.files("analytics.clickhouse")
    migrations = {file.name.removesuffix(".sql"): file for file in (package / "migrations").iterdir()}
    views = sorted(file.name for file in (package / "views").iterdir() if file.name.endswith(".sql"))
    return Schema(
        version("ticketstream"),
        # Line ends may differ between checkouts; the checksum must not.
        tuple(
            Migration(name, migrations[name].read_text(encoding="utf-8").replace("\r\n", "\n"))
            for name in sorted(migrations)
            if _MIGRATION.fullmatch(name)
        ),
        tuple(View(name.removesuffix(".sql"), render(f"views/{name}")) for name in views),
    )
