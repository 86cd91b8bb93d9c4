-- What analysts read: right with any number of repeats in the tables under them.

CREATE OR REPLACE VIEW categorizations AS
SELECT
    * EXCEPT (
        source_timestamp_ms, decode_us, lookup_us, queue_us, model_us, rules_us, wait_us, total_us,
        record_topic, record_partition, record_offset),
    -- DateTime64 reaches from 1900 to 2299; outside, Kafka's timestamp shows as the nearer end.
    fromUnixTimestamp64Milli(
        least(greatest(source_timestamp_ms, -2208988800000), 10413791999999), 'UTC') AS source_timestamp,
    decode_us / 1000 AS decode_ms,
    lookup_us / 1000 AS lookup_ms,
    queue_us / 1000 AS queue_ms,
    model_us / 1000 AS model_ms,
    rules_us / 1000 AS rules_ms,
    wait_us / 1000 AS wait_ms,
    total_us / 1000 AS total_ms
FROM categorization_store FINAL;

-- One row per correction, with the answer that it judged: the one it names; else the latest that existed when it was
-- made; else the first. A later revision never changes what was judged.
CREATE OR REPLACE VIEW corrections AS
SELECT
    c.event_id AS event_id,
    c.ticket_id AS ticket_id,
    c.category AS category,
    c.subcategory AS subcategory,
    c.origin AS origin,
    c.corrected_by AS corrected_by,
    c.reason AS reason,
    c.corrected_at AS corrected_at,
    a.event_id AS judged_event_id,
    a.revision AS judged_revision,
    a.category AS judged_category,
    a.subcategory AS judged_subcategory,
    a.method AS judged_method,
    a.categorized_at AS judged_categorized_at,
    a.audit_probability AS judged_audit_probability,
    multiIf(a.event_id IS NULL, 'unmatched', c.category = a.category, 'confirmed', 'corrected') AS label_state,
    multiIf(
        a.event_id IS NULL, 'unmatched',
        c.subcategory IS NULL, 'unreviewed',
        c.category = a.category AND a.subcategory IS NOT NULL AND c.subcategory = a.subcategory, 'confirmed',
        'corrected') AS subcategory_state,
    c.record_partition AS record_partition,
    c.record_offset AS record_offset
FROM correction_store AS c FINAL
LEFT JOIN
(
    SELECT event_id, ticket_id, revision, category, subcategory, method, categorized_at, audit_probability,
           source_timestamp_ms, source_offset
    FROM ticket_store FINAL
    WHERE ticket_id IN (SELECT ticket_id FROM correction_store)
) AS a ON a.ticket_id = c.ticket_id
ORDER BY
    multiIf(a.event_id = c.judged_event_id, 2, a.categorized_at <= c.corrected_at, 1, 0) AS rank DESC,
    -- The latest of those that existed; the first of those that did not.
    if(rank = 1, a.source_timestamp_ms, -a.source_timestamp_ms) DESC,
    if(rank = 1, a.source_offset, -a.source_offset) DESC,
    if(rank = 1, a.revision, -a.revision) DESC
LIMIT 1 BY c.ticket_id, c.event_id
SETTINGS join_use_nulls = 1;

-- One row per ticket: its newest input record, that record's highest revision, and the latest correction.
CREATE OR REPLACE VIEW tickets AS
SELECT
    t.*,
    ifNull(c.category, t.category) AS final_category,
    multiIf(
        c.label_state IS NULL, t.subcategory,
        c.subcategory IS NOT NULL, c.subcategory,
        c.category = t.category, t.subcategory,
        NULL) AS final_subcategory,
    ifNull(c.label_state, 'unreviewed') AS label_state,
    ifNull(c.subcategory_state, 'unreviewed') AS subcategory_state,
    c.judged_event_id AS judged_event_id,
    c.judged_revision AS judged_revision,
    c.judged_category AS judged_category,
    c.judged_subcategory AS judged_subcategory,
    c.judged_method AS judged_method,
    c.judged_categorized_at AS judged_categorized_at,
    c.origin AS correction_origin,
    c.corrected_at AS corrected_at
FROM
(
    SELECT
        * EXCEPT (
            source_timestamp_ms, decode_us, lookup_us, queue_us, model_us, rules_us, wait_us, total_us,
            record_topic, record_partition, record_offset),
        fromUnixTimestamp64Milli(
            least(greatest(source_timestamp_ms, -2208988800000), 10413791999999), 'UTC') AS source_timestamp,
        decode_us / 1000 AS decode_ms,
        lookup_us / 1000 AS lookup_ms,
        queue_us / 1000 AS queue_ms,
        model_us / 1000 AS model_ms,
        rules_us / 1000 AS rules_ms,
        wait_us / 1000 AS wait_ms,
        total_us / 1000 AS total_ms
    FROM ticket_store FINAL
    ORDER BY source_timestamp_ms DESC, source_offset DESC, revision DESC
    LIMIT 1 BY ticket_id
) AS t
LEFT JOIN
(
    SELECT *
    FROM corrections
    ORDER BY corrected_at DESC, record_partition DESC, record_offset DESC
    LIMIT 1 BY ticket_id
) AS c ON c.ticket_id = t.ticket_id
SETTINGS join_use_nulls = 1;

-- One row per timed operation. A ticket's stages follow one another, so each began when those before it had ended;
-- a stage that took 0 did not run.
CREATE OR REPLACE VIEW operations AS
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
    started_at,
    duration_us / 1000 AS duration_ms,
    toString(outcome) AS outcome,
    attempts,
    ticket_id,
    toString(instance) AS instance
FROM telemetry_store FINAL
WHERE kind = 'TIMING';

-- One row per change of a circuit breaker's state.
CREATE OR REPLACE VIEW breakers AS
SELECT
    toString(operation) AS name,
    toString(instance) AS instance,
    toString(outcome) AS state,
    started_at AS since,
    attempts AS failures
FROM telemetry_store FINAL
WHERE kind = 'BREAKER';
