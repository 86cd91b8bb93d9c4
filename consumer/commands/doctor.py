"""`ticketstream doctor`: checks each part once and reports findings, each with its mend."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from analytics.clickhouse.client import Client
from analytics.clickhouse.errors import AnalyticsError
from analytics.clickhouse.migrate import pending
from analytics.clickhouse.retention import changes, in_force, in_words
from consumer.answer.build import model_of
from consumer.answer.foreign_labels import printable
from consumer.answer.policy import default_policy
from consumer.answer.policy_file import load_policy
from consumer.answer.taxonomy import InvalidTaxonomy, load_taxonomy
from consumer.commands.doctor_limits import examine_clock, examine_state_dir, examine_times
from consumer.commands.doctor_registry import examine_registry
from consumer.commands.doctor_rights import examine_rights
from consumer.commands.doctor_topics import examine_topics
from consumer.commands.finding import Finding
from consumer.commands.rights import RoleName
from consumer.config.clickhouse import clickhouse_of, retention_of
from consumer.config.host_names import is_address, is_loopback, names_in
from consumer.config.settings import Settings
from consumer.config.warnings import warnings_of
from consumer.errors import TicketstreamError
from consumer.kafka import admin
from consumer.kafka.property_check import check_properties, check_transaction_timeout, limits_of_brokers
from consumer.model.types import ModelTicket
from consumer.monitoring.notifier import channels_of

if TYPE_CHECKING:
    from consumer.model.types import CallReport

MENDS = {
    "timed_out": "it is slower than ML_API_TIMEOUT: raise that, or make it faster",
    "http_401": "set ML_API_TOKEN to one that it accepts",
    "http_403": "set ML_API_TOKEN to one that it accepts",
    "http_404": "correct the path in the address",
}
WAY = frozenset({"connect_failed", "connection_broken", "tls_failed", "proxy_failed"})
MEND = "look at its log; docs/model-adapter.md says what it should answer"
ASK_BROKERS = frozenset({"times", "rights"})
NO_NAMES: Mapping[str, str] = {}
PROBE = ModelTicket("ticketstream doctor", "a test of the connection, not a ticket", "en")


def examine(
    settings: Settings,
    now: Callable[[], float],
    names: Mapping[str, str] = NO_NAMES,
    role: RoleName = "all",
) -> Iterator[Finding]:
    """Check what a role of the service needs, one part after the other.

    Args:
        settings: as they were read.
        now: the monotonic clock.
        names: the environment that the settings were read from.
        role: of `ticketstream run`.
    """
    checks: dict[str, Callable[[Settings], Iterator[Finding]]] = {
        "taxonomy": _taxonomy,
        "policy": _policy,
        "settings": lambda settings: _settings(settings, asks_brokers=role != "learner"),
        "page": _page,
        "disk": lambda settings: examine_state_dir(settings.state_dir),
        "topics": _topics,
        "times": _times,
        "rights": lambda settings: examine_rights(settings, role),
        "registry": lambda settings: examine_registry(settings, role),
        "clickhouse": _clickhouse,
        "model": lambda settings: _model(settings, now),
    }
    for part in _not_needed(settings, role):
        del checks[part]
    for sentence in warnings_of(settings, names):
        yield Finding("settings", "warning", sentence)
    ended: set[str] = set()
    for part, check in checks.items():
        if "topics" in ended and part in ASK_BROKERS:
            # No broker answered, which is said, and nothing is to be learned by waiting again.
            continue
        try:
            yield from check(settings)
        except (TicketstreamError, AnalyticsError) as error:
            ended.add(part)
            yield Finding(part, "failed", str(error))


def _not_needed(settings: Settings, role: RoleName) -> Collection[str]:
    """What a role works without."""
    match role:
        case "all":
            return ()
        case "categorizer":
            # Its page shows figures where there is a ClickHouse.
            return () if settings.clickhouse_url.get_secret_value() else ("clickhouse",)
        case "sink":
            return "policy", "model"
        case "learner":
            return "policy", "page", "disk", "times", "topics", "rights", "registry", "model"


def _taxonomy(settings: Settings) -> Iterator[Finding]:
    taxonomy = load_taxonomy(settings.taxonomy_file)
    labels = sum(len(names) for names in taxonomy.subcategories.values())
    detail = f"{taxonomy.version}: {len(taxonomy.subcategories)} categories, {labels} subcategories"
    yield Finding("taxonomy", "ok", f"{detail}, {len(taxonomy.keywords)} keywords")


def _policy(settings: Settings) -> Iterator[Finding]:
    policy = default_policy(settings.min_confidence)
    if settings.threshold_policy is not None:
        policy = load_policy(settings.threshold_policy, load_taxonomy(settings.taxonomy_file))
    auto, suggest = policy.overall
    automatic = f"AUTO from {auto:g}" if auto <= 1 else "never AUTO"
    own = f"; {len(policy.categories)} categories have their own" if policy.categories else ""
    yield Finding("policy", "ok", f"{policy.version}: {automatic}, SUGGEST from {suggest:g}{own}")


def _settings(settings: Settings, *, asks_brokers: bool) -> Iterator[Finding]:
    channels_of(settings.alert_urls.get_secret_value())
    if asks_brokers and settings.kafka_bootstrap_servers:
        check_properties(settings)
        check_transaction_timeout(settings)
    yield Finding("settings", "ok", "all are possible")


def _page(settings: Settings) -> Iterator[Finding]:
    address, _ = settings.http_host_port
    if is_address(address) and not is_loopback(address) and not names_in(settings.http_hosts):
        mend = "name in HTTP_HOSTS the hosts under which people open it, or use IP addresses"
        yield Finding("page", "warning", f"HTTP_ADDRESS={settings.http_address} refuses every host name; {mend}")


def _times(settings: Settings) -> Iterator[Finding]:
    yield from examine_times(settings, limits_of_brokers(settings))


def _topics(settings: Settings) -> Iterator[Finding]:
    settings.require("kafka_bootstrap_servers")
    counts = admin.partition_counts(settings)
    names = settings.topics
    unseen = admin.unseen(settings, [name for name in names.all() if name not in counts])
    missing = [name for name in names.needed() if name not in {*counts, *unseen}]
    if missing:
        yield Finding("topics", "failed", f"missing: {', '.join(missing)}; run `ticketstream topics create`")
    if hidden := [name for name in names.needed() if name in unseen]:
        detail = f"may not be seen, so nobody knows whether they exist: {', '.join(hidden)}"
        yield Finding("topics", "failed", detail)
    together = {name: counts[name] for name in (names.created, names.corrected, names.categorized) if name in counts}
    if len(set(together.values())) > 1:
        found = ", ".join(f"{name} has {number}" for name, number in together.items())
        yield Finding("topics", "failed", f"partition counts differ: {found}; give them equal counts")
        return
    wrong = list(examine_topics(settings, counts, unseen))
    yield from (Finding("topics", found.state, found.detail) for found in wrong)
    if not missing and not hidden and not wrong:
        yield Finding("topics", "ok", f"all exist, {counts[names.created]} partitions")


def _clickhouse(settings: Settings) -> Iterator[Finding]:
    settings.require("clickhouse_url")
    with clickhouse_of(settings) as client:
        unapplied = pending(client)
        [row] = client.rows("SELECT toUnixTimestamp64Milli(now64(3)) AS now_ms")
        kept = [*_kept(client, settings), *examine_clock(row["now_ms"] / 1000, time.time())]
    if unapplied:
        names = ", ".join(str(migration) for migration in unapplied)
        yield Finding("clickhouse", "warning", f"not yet migrated: {names}; run `ticketstream migrate`")
    else:
        yield Finding("clickhouse", "ok", f"database {settings.clickhouse_database} is up to date")
    yield from kept


def _kept(client: Client, settings: Settings) -> Iterator[Finding]:
    """How long rows and texts are kept: what is in force, and what the settings ask for."""
    if differs := changes(client, retention_of(settings)):
        detail = ", ".join(map(str, differs))
        yield Finding("retention", "warning", f"not yet in force: {detail}; run `ticketstream migrate`")
    if found := in_force(client):
        yield Finding("retention", "ok", f"in force: {in_words(found, stores_texts=settings.texts_kept_days > 0)}")


def _model(settings: Settings, now: Callable[[], float]) -> Iterator[Finding]:
    calls: list[CallReport] = []
    once = {"ml_max_concurrency": 1, "retry_max_attempts": 1, "circuit_breaker_threshold": 0}
    model = model_of(settings.model_copy(update=once), calls.append, lambda _: None)
    if model is None:
        mend = "to use a model, set it to the address that `python -m classifier serve --model DIR` prints"
        yield Finding("model", "warning", f"ML_API_URL is empty: the rules answer every ticket; {mend}")
        return
    reply = model.ask([PROBE], now() + settings.ml_api_timeout)[0]
    model.close()
    if reply.outcome != "answered":
        reason = next((call.reason for call in calls if call.reason), reply.outcome)
        # What is said of the way there has its own mend.
        mend = MENDS.get(reason, "" if reason in WAY else MEND)
        detail = next((call.detail for call in calls if call.detail), "")
        yield Finding("model", "failed", "; ".join(filter(None, (f"no answer at ML_API_URL: {reason}", detail, mend))))
        return
    try:
        taxonomy = load_taxonomy(settings.taxonomy_file)
    except InvalidTaxonomy:
        # The check of the taxonomy reports this; there is nothing to compare the labels with.
        yield Finding("model", "ok", f"{reply.model} answered in {reply.duration_us / 1000:.0f} ms")
        return
    unknown = [printable(label.category) for label in reply.labels if taxonomy.translate(label.category, None) is None]
    if unknown:
        mend = "set TAXONOMY_FILE to the taxonomy of this model, or ML_API_URL to a model of this taxonomy"
        yield Finding("model", "failed", f"answers with categories outside the taxonomy: {', '.join(unknown)}; {mend}")
    else:
        yield Finding("model", "ok", f"{reply.model} answered in {reply.duration_us / 1000:.0f} ms")
