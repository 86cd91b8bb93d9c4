"""What the sandbox's broker, noida-db 0.2.3, is known not to do; tests that need it run on Apache Kafka only."""

from enum import Enum


class Gap(Enum):
    """One thing that Apache Kafka does and the sandbox's broker does not."""

    TRANSACTION_TIMEOUT = (
        "transaction.timeout.ms is not enforced: an orphaned transaction ends when its id is used again"
    )
    GENERATION_FENCING = "offsets of a member of an earlier generation are accepted within a transaction"
    DURABILITY = "records acknowledged shortly before a kill -9 may be gone"
    QUICK_STOP = "it takes seconds to stop, and another must not be started in its place before"
    COOPERATIVE = "a group of several members that rebalance cooperatively never settles"
    NO_TIMESTAMPS = "records without a timestamp are deleted within seconds, as if they were older than any retention"
    LARGE_RECORDS = "records over 1 MB are refused, whatever the topic allows"
    AUTHORIZER = "it has no ACLs: every client may do everything"
