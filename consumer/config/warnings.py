"""What is likely wrong about settings that are possible one by one. Pure; no value is shown."""

from collections.abc import Iterator, Mapping

from pydantic import SecretStr

from consumer.config.settings import Settings, unread_names
from consumer.config.trusted_proxies import networks_in

# Of librdkafka; a producer refuses larger messages.
_MESSAGE_MAX_BYTES = 1_000_000
# What a copy of a ticket holds beside it: key and headers.
_BESIDE_BYTES = 16_384


def warnings_of(settings: Settings, names: Mapping[str, str]) -> list[str]:
    """One sentence for each name that nobody reads, and for each pair of settings that contradict each other.

    Args:
        settings: as they were read.
        names: the environment that they were read from.
    """
    return [
        *map(str, unread_names(names)),
        *_names(settings),
        *_contradictions(settings),
        *_lonely(settings),
        *_page(settings),
        *_kafka(settings),
    ]


def _names(settings: Settings) -> Iterator[str]:
    properties = settings.kafka_properties
    for name in properties.ignored:
        yield f"{name} is ignored: Kubernetes injects it for a service called kafka"
    yield from (str(unknown) for unknown in properties.unknown if unknown.likely)
    # Kafka's own scripts and images read dozens of them.
    others = [unknown.name for unknown in properties.unknown if not unknown.likely]
    if others:
        yield f"no properties of librdkafka, and ignored: {', '.join(others)}"


def _contradictions(settings: Settings) -> Iterator[str]:
    if settings.ml_api_timeout > settings.ml_deadline:
        yield (
            "ML_API_TIMEOUT is above ML_DEADLINE: a ticket's time is over before its first try is; lower the first or"
            " raise the second"
        )
    elif settings.retry_max_attempts > 1 and settings.retry_initial_delay >= settings.ml_deadline:
        yield "RETRY_INITIAL_DELAY is not below ML_DEADLINE: no call is tried again; lower one or raise the other"
    message_max_bytes = settings.kafka_properties.producer.get("message.max.bytes", str(_MESSAGE_MAX_BYTES))
    if message_max_bytes.strip().isdigit() and settings.max_ticket_bytes + _BESIDE_BYTES > int(message_max_bytes):
        yield (
            f"MAX_TICKET_BYTES leaves no room within KAFKA_PRODUCER_MESSAGE_MAX_BYTES={message_max_bytes.strip()}:"
            " a ticket that waits for the model could not be written; lower the first or raise the second"
        )


def _lonely(settings: Settings) -> Iterator[str]:
    """Settings that are of no use without another one."""
    needs = (
        ("ml_api_token", "ml_api_url"),
        ("schema_registry_user", "schema_registry_url"),
        ("schema_registry_password", "schema_registry_url"),
        ("schema_registry_user", "schema_registry_password"),
        ("schema_registry_password", "schema_registry_user"),
    )
    for name, needed in needs:
        if _is_set(settings, name) and not _is_set(settings, needed):
            yield f"{name.upper()} is set without {needed.upper()}: set both or none"
    if settings.ml_unavailable == "hold" and not settings.ml_api_url:
        yield "ML_UNAVAILABLE=hold holds nothing without ML_API_URL: the rules answer every ticket"


def _page(settings: Settings) -> Iterator[str]:
    """Who may look at the page and judge there."""
    write_token = settings.http_write_token.get_secret_value()
    if write_token and write_token == settings.http_token.get_secret_value():
        yield "HTTP_WRITE_TOKEN is HTTP_TOKEN: all who may look may judge; give the two different values"
    if settings.http_user_header and not settings.http_trusted_proxies:
        yield "HTTP_USER_HEADER is set without HTTP_TRUSTED_PROXIES: nobody's header is believed; set both or none"
    if settings.http_trusted_proxies and not settings.http_user_header:
        yield "HTTP_TRUSTED_PROXIES is set without HTTP_USER_HEADER: no header is read; set both or none"
    if settings.http_user_header and not write_token:
        yield "HTTP_USER_HEADER is set without HTTP_WRITE_TOKEN: nobody may judge, under any name; set it"
    if any(network.prefixlen == 0 for network in networks_in(settings.http_trusted_proxies)):
        yield "HTTP_TRUSTED_PROXIES holds every address: anybody may claim to be anybody; name the proxies alone"
    if write_token and not settings.clickhouse_url.get_secret_value():
        yield "HTTP_WRITE_TOKEN is set without CLICKHOUSE_URL: this process has no tickets to judge; set both"


def _kafka(settings: Settings) -> Iterator[str]:
    for given in (settings.kafka_properties.consumer, settings.kafka_properties.producer):
        # Both clients have the same rule; one sentence is enough.
        protocol = given.get("security.protocol", "plaintext").strip().lower()
        if "sasl.username" in given and "sasl.password" not in given:
            yield "KAFKA_SASL_USERNAME is set without KAFKA_SASL_PASSWORD: set both or none"
            return
        if "sasl.password" in given and "sasl.username" not in given:
            yield "KAFKA_SASL_PASSWORD is set without KAFKA_SASL_USERNAME: set both or none"
            return
        if "sasl.username" in given and "sasl" not in protocol:
            yield "KAFKA_SASL_USERNAME is not used: set KAFKA_SECURITY_PROTOCOL=SASL_SSL (or SASL_PLAINTEXT)"
            return
        tls = sorted(key for key in given if key.startswith("ssl."))
        if tls and "ssl" not in protocol:
            name = f"KAFKA_{tls[0].upper().replace('.', '_')}"
            yield f"{name} is not used: set KAFKA_SECURITY_PROTOCOL=SSL (or SASL_SSL)"
            return


def _is_set(settings: Settings, name: str) -> bool:
    value = getattr(settings, name)
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)
