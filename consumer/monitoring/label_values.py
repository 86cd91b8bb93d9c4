"""The values of labels that have no others, which rules and dashboards name.

A test compares those that stand in the code as a type too. The others (flags, results, rebalances, roles, parts, and
what is waited for) stand here and where they are counted.
"""

METHODS = ("MODEL", "CACHE", "OVERRIDE", "RULES")
FLAGS = ("true", "false")
REASONS = ("bad_framing", "unknown_schema", "schema_mismatch", "invalid_field", "too_large", "tombstone", "crash_loop")
STAGES = ("decode", "lookup", "queue", "model", "rules", "commit", "end_to_end", "insert")
CALL_OUTCOMES = ("answered", "timeout", "unavailable", "refused", "garbled", "breaker_open", "deadline")
BREAKER_STATES = ("closed", "open", "half_open")
CACHE_RESULTS = ("hit", "miss")
TRANSACTION_OUTCOMES = ("committed", "aborted", "in_doubt")
REBALANCES = ("assigned", "revoked", "lost")
ALERTS = ("p95", "failure_rate", "breaker_open", "accuracy_drop", "confidence_drift", "foreign_labels")
TABLES = ("categorization_store", "correction_store", "telemetry_store", "alert_store", "text_store")
WAITED_FOR = ("kafka", "assignment", "clickhouse", "registry")
ROLES = ("categorizer", "sink")
PARTS = ("kafka", "assignment", "model", "clickhouse", "registry", "taxonomy")
