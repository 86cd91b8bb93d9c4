"""What a user of a guarded cluster may do: ACLs of Apache Kafka's authorizer."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclBindingFilter, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

TIMEOUT_S = 30.0


class Acl(NamedTuple):
    """One thing that is allowed: an operation on a topic, a group or a transactional id, by its whole name."""

    resource: ResourceType
    name: str
    operation: AclOperation


class Acls:
    """The ACLs of one user.

    Args:
        address: of the cluster, for clients that may do everything.
        user: whom they are for.
    """

    def __init__(self, address: str, user: str) -> None:
        self._admin = AdminClient({"bootstrap.servers": address, "log_level": 2})
        self._principal = f"User:{user}"

    def allow(self, acls: Iterable[Acl]) -> None:
        """From now on, in addition to what is allowed already."""
        bindings = [
            AclBinding(
                acl.resource, acl.name, ResourcePatternType.LITERAL, self._principal, "*", acl.operation,
                AclPermissionType.ALLOW,
            )
            for acl in acls
        ]  # fmt: skip
        for made in self._admin.create_acls(bindings, request_timeout=TIMEOUT_S).values():
            made.result(TIMEOUT_S)

    def forbid(self, acls: Collection[Acl]) -> None:
        """What was allowed, no more."""
        filters = [
            AclBindingFilter(
                acl.resource, acl.name, ResourcePatternType.LITERAL, self._principal, "*", acl.operation,
                AclPermissionType.ALLOW,
            )
            for acl in acls
        ]  # fmt: skip
        for removed in self._admin.delete_acls(filters, request_timeout=TIMEOUT_S).values():
            removed.result(TIMEOUT_S)
