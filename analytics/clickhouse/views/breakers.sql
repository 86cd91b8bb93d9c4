CREATE OR REPLACE VIEW breakers
(
    name     LowCardinality(String) COMMENT 'Name of the circuit breaker.',
    instance LowCardinality(String) COMMENT 'Process that has this breaker.',
    state    LowCardinality(String) COMMENT 'The new state: closed, open or half_open.',
    since    DateTime64(6, 'UTC') COMMENT 'When the breaker took this state.',
    failures Int32 COMMENT 'Failures in a row at that moment.'
)
COMMENT 'One row per change of a circuit breaker''s state.'
AS
SELECT
    toString(operation) AS name,
    toString(instance) AS instance,
    toString(outcome) AS state,
    started_at AS since,
    attempts AS failures
FROM _telemetry FINAL
WHERE kind = 'BREAKER'
