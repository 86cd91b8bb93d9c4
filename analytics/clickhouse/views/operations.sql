CREATE OR REPLACE VIEW operations
(
    operation     String COMMENT 'decode, lookup, model_call, rules, window_wait, end_to_end, transaction or insert.',
    started_at    DateTime64(6, 'UTC') COMMENT 'When it began.',
    duration_ms   Float64 COMMENT 'How many milliseconds it took.',
    outcome       String COMMENT 'ok or answered; else why it failed.',
    attempts      Int32 COMMENT 'Tries, the first one included; of end_to_end the tries of the call that the ticket waited for.',
    ticket_id     Nullable(String) COMMENT 'Id of the ticket; NULL when the operation was for several or for none.',
    instance      String COMMENT 'Process that measured it; empty for the stages of an answer.',
    model_call_id Nullable(String) COMMENT 'Of a model_call: its id, which the answers name that it gave; NULL for other operations.',
    input_tokens  Nullable(Int64) COMMENT 'Of a model_call: tokens of its prompts, cached ones included, of all tries; NULL where the model told none.',
    cached_tokens Nullable(Int64) COMMENT 'Those of them that came from the cache of the provider.',
    output_tokens Nullable(Int64) COMMENT 'Tokens of the answers.',
    cost          Nullable(Float64) COMMENT 'What the call cost with all tries, in the currency of the prices that the server of the model knows.'
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
    '' AS instance,
    CAST(NULL, 'Nullable(String)') AS model_call_id,
    CAST(NULL, 'Nullable(Int64)') AS input_tokens,
    CAST(NULL, 'Nullable(Int64)') AS cached_tokens,
    CAST(NULL, 'Nullable(Int64)') AS output_tokens,
    CAST(NULL, 'Nullable(Float64)') AS cost
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
    toString(instance) AS instance,
    -- Answers name a call without hyphens.
    if(operation = 'model_call', replaceAll(event_id, '-', ''), NULL) AS model_call_id,
    input_tokens,
    cached_tokens,
    output_tokens,
    cost
FROM _telemetry FINAL
WHERE kind = 'TIMING'
