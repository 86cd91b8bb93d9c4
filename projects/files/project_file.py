"""project.toml: what a project was made from, and what was written into it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

import tomlkit
from pydantic import BaseModel, ConfigDict, ValidationError

from consumer.errors import ConfigurationError
from tickets.files.formats import Format
from tickets.files.plain_text import UnreadableText, read_text, why_unread
from tickets.files.ticket_file import Choices

NAME: Final = "project.toml"
FORMAT: Final = 1
_ABOUT = (
    "Made by `ticketstream init`, read by `ticketstream train`: from what the project was made, which spellings of\n"
    "labels are one, how the files in tickets/ are read, and the SHA-256 of what was written, so that your"
    " changes are kept."
)

Source = Literal["tickets", "categories", "example"]
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Project(NamedTuple):
    """A project, beside its files.

    Attributes:
        source: what it was made from.
        merge: spellings of labels, each with the one that stays.
        apart: near-equal spellings that people keep apart.
        files: what was said of the files in `tickets/`, by name; others are found out.
        written: by the file's path in the project, the SHA-256 of what we wrote there last.
    """

    source: Source
    merge: Mapping[str, str] = _NOTHING
    apart: tuple[frozenset[str], ...] = ()
    files: Mapping[str, Choices] = _NOTHING
    written: Mapping[str, tuple[str, ...]] = _NOTHING


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Format | None = None
    encoding: str | None = None
    delimiter: str | None = None
    columns: tuple[str, ...] = ()
    map: dict[str, str] = {}


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore")

    ticketstream: Literal[1]
    source: Source
    merge: dict[str, str] = {}
    apart: tuple[frozenset[str], ...] = ()
    tickets: dict[str, _File] = {}
    written: dict[str, tuple[str, ...]] = {}


def read(path: Path) -> Project | None:
    """The project of this file; None when there is no such file.

    Raises:
        ConfigurationError: it is not one of ours, or cannot be read.
    """
    try:
        document = _Document.model_validate(tomllib.loads(read_text(path)))
    except FileNotFoundError:
        return None
    except (OSError, UnreadableText) as error:
        raise ConfigurationError(f"{path} cannot be read: {why_unread(error)}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}; correct it, or name another folder") from None
    except ValidationError as error:
        wrong = ", ".join(sorted({".".join(map(str, found["loc"])) for found in error.errors()}))
        raise ConfigurationError(
            f"{path} is not what `ticketstream init` writes (see {wrong}); correct it, or name another folder"
        ) from None
    files = {
        name: Choices(file.format, file.encoding, file.delimiter, file.columns, file.map)
        for name, file in document.tickets.items()
    }
    return Project(document.source, document.merge, document.apart, files, document.written)


def text_of(project: Project) -> str:
    """What stands in project.toml."""
    document = tomlkit.document()
    for line in _ABOUT.splitlines():
        document.add(tomlkit.comment(line))
    values: dict[str, Any] = {"ticketstream": FORMAT, "source": project.source}
    values |= {"apart": [sorted(spellings) for spellings in project.apart]} if project.apart else {}
    values |= {"merge": dict(project.merge)} if project.merge else {}
    files = {name: _told(choices) for name, choices in project.files.items()}
    values |= {"tickets": {name: told for name, told in files.items() if told}} if any(files.values()) else {}
    values |= {"written": {name: list(hashes) for name, hashes in project.written.items()}}
    document.update(values)
    return tomlkit.dumps(document)


def _told(choices: Choices) -> dict[str, Any]:
    told = {
        "format": choices.format,
        "encoding": choices.encoding,
        "delimiter": choices.delimiter,
        "columns": list(choices.columns),
        "map": dict(choices.chosen),
    }
    return {name: value for name, value in told.items() if value}
