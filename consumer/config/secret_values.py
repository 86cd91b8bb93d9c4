"""Every secret among the settings, for those who keep secrets out of logs."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from consumer.config.kafka_properties import SECRETS
from consumer.config.settings import Settings
from network.redaction import MIN_CHARS, Redaction


def redaction_of(settings: Settings) -> Redaction:
    """What takes the secrets of these settings out of texts."""
    pairs = [(settings.schema_registry_user, settings.schema_registry_password.get_secret_value())]
    secrets = [*_own(settings), *_of_kafka(settings)]
    for address in _addresses(settings):
        user, password, others = _parts(address)
        pairs.append((user, password))
        secrets += [password, *others]
    # A password that is also the name of a group or a user protects nothing, and would hide every line about it.
    plain = {*_plain(settings), *(user for user, _ in pairs)}
    return Redaction((secret for secret in secrets if secret not in plain), pairs)


def _plain(settings: Settings) -> Iterator[str]:
    yield from settings.topics.all()
    yield from (value for name in type(settings).model_fields if isinstance(value := getattr(settings, name), str))


def _own(settings: Settings) -> Iterator[str]:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        # An address as a whole is of no use to anybody else, and its host may be shown.
        if isinstance(value, SecretStr) and name not in {"clickhouse_url", "alert_urls"}:
            yield value.get_secret_value()


def _of_kafka(settings: Settings) -> Iterator[str]:
    for properties in (settings.kafka_properties.consumer, settings.kafka_properties.producer):
        yield from (value for name, value in properties.items() if name in SECRETS)


def _addresses(settings: Settings) -> Iterator[str]:
    yield from (settings.ml_api_url, settings.schema_registry_url, settings.clickhouse_url.get_secret_value())
    yield from settings.proxies.values.values()
    for address in re.split(r"[\s,]+", settings.alert_urls.get_secret_value()):
        yield address
        # Tokens of chats stand where other addresses have host and path.
        yield from (f"x://:{piece}@x" for piece in re.split(r"[/?&=@:]+", address) if len(piece) >= MIN_CHARS + 2)


def _parts(address: str) -> tuple[str, str, list[str]]:
    """User, password, and the values of the query."""
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        query = [value for _, value in parse_qsl(parts.query)]
        return unquote(parts.username or ""), unquote(parts.password or ""), query
    except ValueError:
        return "", "", []
