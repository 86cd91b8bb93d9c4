"""What `ticketstream doctor` finds about the schema registry: that it answers, and takes what the service writes."""

from collections.abc import Iterator
from contextlib import suppress

from consumer.commands.finding import Finding
from consumer.commands.rights import RoleName
from consumer.config.settings import Settings
from consumer.kafka.schema_registry import KafkaSchemaRegistry, registry_of
from schemas.catalog import current_text
from schemas.codec import RegistryUnavailable
from schemas.events import EventName

# The largest possible id: a registry that works answers that it does not have this schema.
NO_SCHEMA = 2**31 - 1


def examine_registry(settings: Settings, role: RoleName) -> Iterator[Finding]:
    """Whether the registry answers, and has or takes each schema of what this role writes; nothing is registered."""
    registry = registry_of(settings)
    if registry is None or role == "learner":
        return
    try:
        yield from _of_endpoint(registry)
        if settings.output_format == "confluent":
            yield from _of_schemas(settings, registry, role)
    except RegistryUnavailable as error:
        yield Finding("registry", "failed", str(error))


def _of_endpoint(registry: KafkaSchemaRegistry) -> Iterator[Finding]:
    with suppress(KeyError):
        registry.schema(NO_SCHEMA)
    yield Finding("registry", "ok", "answers at SCHEMA_REGISTRY_URL")


def _of_schemas(settings: Settings, registry: KafkaSchemaRegistry, role: RoleName) -> Iterator[Finding]:
    well = []
    for topic, event in _written(settings, role):
        subject, text = f"{topic}-value", current_text(event)
        if registry.registered(subject, text) is not None:
            well.append(subject)
        elif not settings.schema_registry_auto_register:
            detail = (
                f"{subject} does not have the schema {event} of this version, and SCHEMA_REGISTRY_AUTO_REGISTER=false:"
                f" register schemas/{event}.avsc under {subject}"
            )
            yield Finding("registry", "failed", detail)
        elif registry.is_compatible(subject, text) is False:
            detail = (
                f"{subject} has a schema with which {event} of this version is not compatible by the registry's rule:"
                " see who registered it, and set the subject's compatibility, or TOPIC_<NAME> to another topic"
            )
            yield Finding("registry", "failed", detail)
        else:
            well.append(subject)
    if well:
        yield Finding("registry", "ok", f"has or takes the schemas of {', '.join(well)}")


def _written(settings: Settings, role: RoleName) -> Iterator[tuple[str, EventName]]:
    topics = settings.topics
    if role != "sink":
        yield topics.categorized, "TicketCategorized"
    if role != "categorizer":
        # By people who judge answers on the page.
        yield topics.corrected, "TicketCorrected"
    yield topics.telemetry, "Operation"
    yield topics.alerts, "Alert"
