-- Figures of the operations by the minute, the hour and the day. They are never added to, only computed again from
-- deduplicated rows: who has stored rows notes the spans in which their operations began, and whoever rolls a span up
-- notes how many noted rows it had seen. While the two differ, the span is dirty and is read from the rows themselves.
-- Nothing here needs an insert to happen exactly once.

CREATE TABLE IF NOT EXISTS rollup_notes
(
    span_s   UInt32,
    begins   DateTime('UTC'),
    -- Written after the rows, never before: whoever has read a note can read its rows.
    noted    SimpleAggregateFunction(sum, UInt64),
    seen     SimpleAggregateFunction(max, UInt64),
    -- When the first of the tickets was received that have an operation in this span: where to begin to look.
    earliest SimpleAggregateFunction(min, DateTime64(6, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (span_s, begins);

CREATE TABLE IF NOT EXISTS operation_rollup
(
    span_s          UInt32,
    begins          DateTime('UTC'),
    operation       LowCardinality(String),
    calls           UInt64,
    failures        UInt64,
    retries         UInt64,
    duration_us     Int64,
    max_us          Int64,
    -- Of end_to_end alone: how long its tickets waited for a call of the model, and for its answer.
    queue_us        Int64,
    model_us        Int64,
    -- Calls by how many tries they took; 255 is 255 or more.
    attempts        Map(UInt8, UInt64),
    failed_attempts Map(UInt8, UInt64),
    quantiles       AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Int64),
    seen            UInt64
)
ENGINE = ReplacingMergeTree(seen)
ORDER BY (span_s, begins, operation);

ALTER TABLE categorization_store ADD INDEX IF NOT EXISTS by_receipt received_at TYPE minmax GRANULARITY 1;

ALTER TABLE categorization_store MATERIALIZE INDEX by_receipt;

-- As `operations`, with what the figures need beside it.
CREATE OR REPLACE VIEW timed_operations AS
SELECT
    stage.1 AS operation,
    received_at,
    received_at + toIntervalMicrosecond(stage.2) AS started_at,
    stage.3 AS duration_us,
    -- The stages have no way to fail. A ticket's way through the service fails when the model had to be asked and
    -- did not answer: the rules answered instead.
    if(operation = 'end_to_end' AND model_outcome NOT IN ('answered', 'not_asked'), toString(model_outcome), 'ok')
        AS outcome,
    if(operation = 'end_to_end', attempts, 1) AS attempts,
    CAST(ticket_id, 'Nullable(String)') AS ticket_id,
    '' AS instance,
    if(operation = 'end_to_end', queue_us, 0) AS ticket_queue_us,
    if(operation = 'end_to_end', model_us, 0) AS ticket_model_us
FROM categorization_store FINAL
ARRAY JOIN [
    ('decode', 0, decode_us),
    ('lookup', decode_us, lookup_us),
    ('rules', decode_us + lookup_us + queue_us + model_us, rules_us),
    ('window_wait', decode_us + lookup_us + queue_us + model_us + rules_us, wait_us),
    ('end_to_end', 0, total_us)] AS stage
WHERE stage.3 > 0
UNION ALL
SELECT
    toString(operation) AS operation,
    started_at AS received_at,
    started_at,
    duration_us,
    toString(outcome) AS outcome,
    attempts,
    ticket_id,
    toString(instance) AS instance,
    0 AS ticket_queue_us,
    0 AS ticket_model_us
FROM telemetry_store FINAL
WHERE kind = 'TIMING';

-- What is stored already. Noting a row twice only lets its spans be computed once more.
INSERT INTO rollup_notes
SELECT
    span_s,
    toDateTime(intDiv(toUnixTimestamp(minute), span_s) * span_s, 'UTC') AS begins,
    sum(t.noted) AS noted,
    0 AS seen,
    min(t.earliest) AS earliest
FROM
(
    SELECT toStartOfMinute(started_at) AS minute, count() AS noted, min(received_at) AS earliest
    FROM timed_operations
    GROUP BY minute
) AS t
ARRAY JOIN [60, 3600, 86400]::Array(UInt32) AS span_s
GROUP BY span_s, begins;
