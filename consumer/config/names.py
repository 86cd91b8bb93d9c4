"""Names of the environment that are meant for us, and that we do not know. Pure."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import NamedTuple

# Every other name that begins like this is taken for a mistake. Names that begin otherwise are other programs', unless
# they are written almost like one of ours.
OURS = (
    "ALERT_",
    "AUDIT_",
    "CACHE_",
    "CIRCUIT_BREAKER_",
    "CLICKHOUSE_",
    "DLQ_",
    "ML_",
    "OVERRIDES_",
    "PERFORMANCE_",
    "RETRY_",
    "SCHEMA_REGISTRY_",
    "TOPIC_",
)
# What the images of ClickHouse and of Confluent's registry read, and what systemd sets: an environment that is shared
# with them holds these.
_OTHERS = re.compile(
    r"CLICKHOUSE_(ALWAYS_RUN_INITDB_SCRIPTS|CONFIG|DEFAULT_ACCESS_MANAGEMENT|DO_NOT_CHOWN|GID|INIT_TIMEOUT|RUN_AS_ROOT"
    r"|SKIP_USER_SETUP|UID|WATCHDOG_\w+|PASSWORD_FILE|USER_FILE)"
    r"|SCHEMA_REGISTRY_(ACCESS_\w+|AUTHENTICATION_\w+|AVRO_\w+|CUB_\w+|DEBUG|GROUP_ID|HEAP_OPTS|HOST_NAME|INTER_\w+|JMX_\w+"
    r"|JVM_\w+|KAFKASTORE_\w+|LEADER_\w+|LISTENERS|LOG4J_\w+|MASTER_\w+|METRIC\w+|MODE_\w+|OPTS|RESOURCE_\w+|SCHEMA_\w+)"
    r"|CACHE_DIRECTORY"
)
# What Kubernetes sets in every container for every service, and Docker for every link.
_SERVICES = re.compile(r"\w+_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?|ENV_\w+)")
# The same under names that a person could have chosen, by their values.
_SERVICE_VALUES = {"_PORT": re.compile(r"(tcp|udp|sctp)://"), "_NAME": re.compile(r"/\S*/")}
# What other systems call it.
_ELSEWHERE = {
    "CLICKHOUSE_DB": "CLICKHOUSE_DATABASE",
    "CLICKHOUSE_HOST": "CLICKHOUSE_URL",
    "CLICKHOUSE_PASSWORD": "CLICKHOUSE_URL",
    "CLICKHOUSE_PORT": "CLICKHOUSE_URL",
    "CLICKHOUSE_USER": "CLICKHOUSE_URL",
}
# How alike two names must be, from 0 to 1: behind a prefix of ours, and as a whole.
_ALIKE_BEHIND_PREFIX = 0.6
_ALIKE = 0.85
# A shorter name of ours may begin a longer one of others, as LOG_LEVEL does.
_LONG = 12


class UnknownName(NamedTuple):
    """A name that nobody reads, and the one that was likely meant; empty when none is."""

    name: str
    likely: str

    def __str__(self) -> str:
        meant = f"did you mean {self.likely}?" if self.likely else "see the settings in docs/CONTRACT.md"
        return f"{self.name} is no setting, and is ignored; {meant}"


def is_of_a_service(name: str, value: str) -> bool:
    """Whether Kubernetes or Docker set this name, for a service that another container offers."""
    if _SERVICES.fullmatch(name):
        return True
    return any(name.endswith(ending) and written.match(value) for ending, written in _SERVICE_VALUES.items())


def unknown_names(names: Mapping[str, str], known: Iterable[str]) -> tuple[UnknownName, ...]:
    """Names that are meant for us and that nobody reads, in their order; Kafka's are judged elsewhere.

    Args:
        names: the environment.
        known: the names that are read, in upper case.
    """
    read = set(known)
    found = []
    for name, value in sorted(names.items()):
        upper = name.upper()
        if upper in read or upper.startswith("KAFKA_") or _OTHERS.fullmatch(upper) or is_of_a_service(upper, value):
            continue
        likely = likely_name(upper, read)
        if likely or upper.startswith(OURS):
            found.append(UnknownName(name, likely))
    return tuple(found)


def likely_name(name: str, known: Iterable[str]) -> str:
    """The known name that was likely meant, all in upper case; empty when there is none."""
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    candidates = sorted(known)
    prefix = next((prefix for prefix in OURS if name.startswith(prefix)), "")
    if prefix:
        # Behind a long common prefix everything is alike: only the rest is compared.
        rest = {known.removeprefix(prefix): known for known in candidates if known.startswith(prefix)}
        alike = get_close_matches(name.removeprefix(prefix), rest, 1, _ALIKE_BEHIND_PREFIX)
        if alike:
            return rest[alike[0]]
        words = set(name.split("_"))
        longer = [known for known in candidates if words < set(known.split("_")) or words > set(known.split("_"))]
        return longer[0] if longer else ""
    alike = get_close_matches(name, candidates, 1, _ALIKE)
    begun = [known for known in candidates if len(known) >= _LONG and name.startswith(f"{known}_")]
    return (alike or begun or [""])[0]
