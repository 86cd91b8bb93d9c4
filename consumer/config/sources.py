"""Where settings come from: the environment, `.env`, secret files and this machine.

Only this file reads the environment.
"""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic_settings import PydanticBaseSettingsSource

from consumer.config.kafka_properties import parse_kafka_properties
from consumer.errors import ConfigurationError
from network.errors import system_words
from network.proxies import proxies_of

SECRET_SUFFIX = "_FILE"  # noqa: S105 - the suffix of names whose value is a path to a secret


def process_environment() -> dict[str, str]:
    """The environment that child processes get: `.env`, with the process's own environment over it."""
    return {**{k: v for k, v in dotenv_values(".env").items() if v is not None}, **os.environ}


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
    """Values that need the whole environment: `<NAME>_FILE` secrets and the `KAFKA_*` properties."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """Unused: this source gives all its values at once."""
        return field, field_name, False

    def __call__(self) -> dict[str, Any]:
        names = process_environment()
        fields = self.settings_cls.model_fields
        known = {name.upper() for name in fields}
        values: dict[str, Any] = {
            "kafka_properties": parse_kafka_properties(names, known, read_secret),
            "proxies": proxies_of(names),
        }
        for name in fields:
            path = names.get(name.upper() + SECRET_SUFFIX)
            if path and (name.upper() + SECRET_SUFFIX).lower() not in fields:
                values[name] = read_secret(name.upper() + SECRET_SUFFIX, path)
        return values


def without_other_sources(names: Mapping[str, str | None]) -> dict[str, str | None]:
    """The environment without the fields that no single name sets, and without empty values that a file replaces."""
    return {
        name: value
        for name, value in names.items()
        if name not in {"topics", "kafka_properties", "proxies"}
        and (value or not names.get(name + SECRET_SUFFIX.lower()))
    }


def read_secret(name: str, path: str) -> str:
    """The text of the file that the setting `name` names.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{name} names {path}, which cannot be read: {_why_unread(error)}; "
            "correct the path, or let this user read the file"
        ) from None


def _why_unread(error: OSError | UnicodeDecodeError) -> str:
    return "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else system_words(error)
