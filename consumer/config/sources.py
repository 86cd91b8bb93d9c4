"""Where settings come from: the environment, `.env`, a running sandbox, secret files and this machine.

Only this file reads the environment.
"""

import os
import socket
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any, get_args

from dotenv import dotenv_values
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
)

from consumer.config import sandbox_settings
from consumer.config.kafka_properties import parse_kafka_properties
from consumer.errors import ConfigurationError
from network.proxies import proxies_of
from tickets.files.plain_text import UnreadableText, read_text, why_unread

_DOTENV = Path(".env")
SECRET_SUFFIX = "_FILE"  # noqa: S105 - the suffix of names whose value is a path to a secret
# Fields that no single name sets.
MADE_OF_SEVERAL = frozenset({"kafka_properties", "proxies", "topics"})


def process_environment() -> dict[str, str]:
    """The environment that child processes get: the files, with the process's own environment over them."""
    return {**{k: v for k, v in _dotenv().items() if v is not None}, **os.environ}


def dotenv_source(settings_cls: type[BaseSettings]) -> DotEnvSettingsSource:
    """`.env` as a source of settings, read by us: pydantic takes every file for UTF-8."""
    source = DotEnvSettingsSource(settings_cls, env_file=None)
    source.env_vars = without_other_sources({name.lower(): value for name, value in _dotenv().items()})
    return source


def _dotenv() -> dict[str, str | None]:
    """The names in `.env` of the working directory, with those of a sandbox that runs for this folder over them.

    Raises:
        ConfigurationError: a file cannot be read.
    """
    names = _names_in(_DOTENV)
    if not sandbox_settings.is_live(sandbox_settings.FILE):
        return names
    return sandbox_settings.beside(names, _names_in(sandbox_settings.FILE))


def _names_in(path: Path) -> dict[str, str | None]:
    try:
        return dotenv_values(stream=StringIO(read_text(path)))
    except FileNotFoundError:
        return {}
    except (OSError, UnreadableText) as error:
        if (path / "pyvenv.cfg").exists():
            # A virtual environment of that name holds no settings.
            return {}
        mend = "" if isinstance(error, UnreadableText) else "; let this user read it, or take it away"
        raise ConfigurationError(
            f"{path.absolute()}, which holds settings, cannot be read: {_why_unread(error)}{mend}"
        ) from None


def inherited_descriptor(name: str) -> int | None:
    """The descriptor that the process which started this one left open for it."""
    value = os.environ.get(name, "")
    return int(value) if value.isascii() and value.isdigit() else None


def host_name() -> str:
    """This machine's name, reduced to the characters that a Kafka client id may hold."""
    name = socket.gethostname().split(".")[0]
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name) or "localhost"


def default_state_dir() -> Path:
    """One directory per user and host, for any working directory: two services must see each other's locks."""
    try:
        return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "ticketstream"
    except RuntimeError:
        raise ConfigurationError("this user has no home directory: set STATE_DIR to one that can be written") from None


class DerivedValues(PydanticBaseSettingsSource):
    """Values that need the whole environment: `<NAME>_FILE` secrets, and the `KAFKA_*` properties."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """Unused: this source gives all its values at once."""
        return field, field_name, False

    def __call__(self) -> dict[str, Any]:
        names = process_environment()
        fields = self.settings_cls.model_fields
        known = {name.upper() for name in fields}
        paths = {
            name.upper() for name, field in fields.items() if Path in {field.annotation, *get_args(field.annotation)}
        }
        _refuse_bytes({name: value for name, value in names.items() if name in known - paths or _is_kafkas(name)})
        values: dict[str, Any] = {
            "kafka_properties": parse_kafka_properties(names, known, read_secret),
            "proxies": proxies_of(names),
        }
        for name in fields:
            path = names.get(name.upper() + SECRET_SUFFIX)
            if path and (name.upper() + SECRET_SUFFIX).lower() not in fields:
                values[name] = read_secret(name.upper() + SECRET_SUFFIX, path)
        return values


class FromEnvironment(BaseSettings):
    """Settings in their order of precedence: explicit values, the environment, `<NAME>_FILE`, `.env`."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The sources in this order; the last two hold nothing."""
        if isinstance(env_settings, EnvSettingsSource):
            env_settings.env_vars = without_other_sources(env_settings.env_vars)
        derived = [DerivedValues(settings_cls)] if "kafka_properties" in settings_cls.model_fields else []
        return init_settings, env_settings, *derived, dotenv_source(settings_cls), dotenv_settings, file_secret_settings


def without_other_sources(names: Mapping[str, str | None]) -> dict[str, str | None]:
    """The environment without the fields that no single name sets, and without empty values that a file replaces."""
    return {
        name: value
        for name, value in names.items()
        if name not in MADE_OF_SEVERAL and (value or not names.get(name + SECRET_SUFFIX.lower()))
    }


def _is_kafkas(name: str) -> bool:
    return name.startswith(("KAFKA_", "TOPIC_")) and not name.endswith(SECRET_SUFFIX)


def _refuse_bytes(names: Mapping[str, str]) -> None:
    """Values that are no UTF-8 fit into a path, and into nothing that is sent."""
    for name, value in names.items():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ConfigurationError(f"{name} is not UTF-8 text; write it in UTF-8") from None


def read_secret(name: str, path: str) -> str:
    """The text of the file that the setting `name` names.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    try:
        return read_text(Path(path)).strip()
    except (OSError, UnreadableText) as error:
        raise ConfigurationError(
            f"{name} names {path}, which cannot be read: {_why_unread(error)}; "
            "correct the path, or let this user read the file"
        ) from None


def _why_unread(error: OSError | UnreadableText) -> str:
    why = why_unread(error)
    return f"{why[0].lower()}{why[1:]}"
