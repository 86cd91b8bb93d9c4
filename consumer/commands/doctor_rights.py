"""What `ticketstream doctor` finds about rights: each one that a role needs and does not have, and how to grant it."""

from collections.abc import Collection, Iterator, Mapping

from consumer.commands.finding import Finding
from consumer.commands.rights import Right, RoleName, grant, page_right, rights_of
from consumer.config.settings import Settings
from consumer.errors import BrokerTrouble
from consumer.kafka import admin
from consumer.kafka.refusals import acl

PART = "rights"
Operations = Mapping[str, frozenset[str] | None]


def examine_rights(settings: Settings, role: RoleName) -> Iterator[Finding]:
    """Every right that the role needs and its principal does not have.

    Raises:
        BrokerTrouble: no broker answered.
    """
    rights = rights_of(settings, role)
    if not rights:
        return
    topics, groups = (_names(rights, kind) for kind in ("topic", "group"))
    allowed = admin.allowed(settings, topics, groups)
    found = list(missing(rights, allowed.topics, allowed.groups))
    for right in found:
        yield _finding(settings, right)
    refused = list(_transactional(settings, rights))
    yield from refused
    if not found and not refused:
        yield _nothing_missing(rights, {**allowed.topics, **allowed.groups})


def missing(rights: Collection[Right], topics: Operations, groups: Operations) -> Iterator[Right]:
    """Those of these rights on topics and groups that are not among the operations that are allowed. Pure."""
    allowed = {"topic": topics, "group": groups}
    for right in rights:
        operations = allowed.get(right.resource, {}).get(right.name)
        if operations is not None and right.operation not in operations:
            yield right


def _finding(settings: Settings, right: Right) -> Finding:
    words = f"not allowed: {acl(right.operation, right.resource, right.name)}"
    command = grant(settings, [right])
    if right == page_right(settings):
        return Finding(PART, "warning", f"{words}; without it nobody can judge answers on the page", command)
    return Finding(PART, "failed", words, command)


def _transactional(settings: Settings, rights: Collection[Right]) -> Iterator[Finding]:
    """Clusters do not tell of transactional ids what is allowed, so each kind is tried."""
    for right in (right for right in rights if right.resource == "transactional-id"):
        try:
            # Its name is no worker's: it fences nobody.
            is_allowed = admin.may_write_as(settings, f"{right.name}doctor")
        except BrokerTrouble as error:
            yield Finding(PART, "failed", str(error))
            continue
        if not is_allowed:
            yield Finding(PART, "failed", f"not allowed: ACL: {right}", grant(settings, [right]))


def _nothing_missing(rights: Collection[Right], told: Operations) -> Finding:
    asked = [right for right in rights if right.resource != "transactional-id"]
    silent = sorted({right.name for right in asked if told.get(right.name) is None})
    if silent and len(silent) == len({right.name for right in asked}):
        return Finding(PART, "ok", "these brokers tell none; that is right where they have no authorizer")
    if silent:
        detail = f"not told for {', '.join(silent)}: they are missing, or their broker does not answer"
        return Finding(PART, "warning", detail)
    return Finding(PART, "ok", f"all {len(rights)} that this role needs")


def _names(rights: Collection[Right], resource: str) -> list[str]:
    return sorted({right.name for right in rights if right.resource == resource})
