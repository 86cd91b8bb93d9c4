CREATE OR REPLACE VIEW operations
(
    operation   String COMMENT 'decode, lookup, model_call, rules, window_wait, end_to_end, transaction or insert.',
    started_at  DateTime64(6, 'UTC') COMMENT 'When it began.',
    duration_ms Float64 COMMENT 'How many milliseconds it took.',
    outcome     String COMMENT 'ok or answered; else why it failed.',
    attempts    Int32 COMMENT 'Tries, the first one included; of end_to_end the tries of the call that the ticket waited for.',
    ticket_id   Nullable(String) COMMENT 'Id of the ticket; NULL when the operation was for several or for none.',
    instance    String COMMENT 'Process that measured it; empty for the stages of an answer.'
)
COMMENT 'One row per timed operation. A stage that took no time did not run.'
AS
SELECT
    stage.1 AS operation,
    received_at + toIntervalMicrosecond(stage.2) AS started_at,
    stage.3 / 1000 AS duration_ms,
    -- The stages have no way to fail. A ticket's way through the service fails when the model had to be asked and
    -- did not answer: the rules answered instead.
    if(operation = 'end_to_end' AND model_outcome NOT IN ('answered', 'not_asked'), toString(model_outcome), 'ok')
        AS outcome,
    if(operation = 'end_to_end', attempts, 1) AS attempts,
    CAST(ticket_id, 'Nullable(String)') AS ticket_id,
    '' AS instance
FROM _categorizations FINAL
ARRAY JOIN stages AS stage
WHERE stage.3 > 0
UNION ALL
SELECT
    toString(operation) AS operation,
    started_at,
    duration_us / 1000 AS duration_ms,
    toString(outcome) AS outcome,
    attempts,
    ticket_id,
    toString(instance) AS instance
FROM _telemetry FINAL
WHERE kind = 'TIMING'
