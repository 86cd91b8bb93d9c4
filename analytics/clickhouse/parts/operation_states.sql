{#- The operations that began within a window of whole minutes, as states that can be merged.

They come from the longest clean spans there are, but none longer than `longest_s`, and for dirty minutes from the rows. An
hour or a day has to lie within the window with all its minutes. Which spans are read is decided once, before any is read,
so a span that is rolled up meanwhile is neither missed nor counted twice. -#}

{%- macro operation_states(
    longest_s, begins="{from:DateTime64(3, 'UTC')}", ends="{to:DateTime64(3, 'UTC')}") -%}
WITH
toStartOfMinute({{ begins }}) AS first,
toStartOfMinute({{ ends }} + toIntervalMillisecond(59999)) AS last,
-- The last hour and day that can lie within the window; none if such spans may not be read.
if({{ longest_s }} >= 3600, last - 3600, toDateTime(0, 'UTC')) AS last_hour,
if({{ longest_s }} >= 86400, last - 86400, toDateTime(0, 'UTC')) AS last_day,
(
    SELECT (
        groupArrayIf(begins, span_s = 60) AS minutes,
        groupArrayIf(begins, span_s = 3600),
        groupArrayIf(begins, span_s = 86400),
        -- Later than any row: without dirty minutes no rows are read.
        if(empty(minutes), toDateTime64('2200-01-01 00:00:00', 6, 'UTC'), minIf(spans.earliest, span_s = 60)),
        -- As a DateTime, the end of the last minute would lose the fractions of its last second to the index.
        toDateTime64(arrayMax(minutes), 6, 'UTC') + toIntervalSecond(60))
    FROM
    (
        SELECT span_s, begins, min(_rollup_progress.earliest) AS earliest
        FROM _rollup_progress
        WHERE span_s <= {{ longest_s }} AND begins >= first AND begins < last
        GROUP BY span_s, begins
        HAVING sum(stored) != max(seen)
    ) AS spans
) AS dirty
SELECT
    span_s, begins, operation, calls, failures, retries, duration_us, max_us, queue_us, model_us, attempts,
    failed_attempts, quantiles
FROM _operation_rollup FINAL
WHERE begins >= first AND begins < last AND (
    span_s = 86400 AND begins <= last_day AND begins NOT IN dirty.3
    OR NOT (toStartOfDay(begins) BETWEEN first AND last_day AND toStartOfDay(begins) NOT IN dirty.3)
    AND (
        span_s = 3600 AND begins <= last_hour AND begins NOT IN dirty.2
        OR span_s = 60 AND begins NOT IN dirty.1
        AND NOT (toStartOfHour(begins) BETWEEN first AND last_hour AND toStartOfHour(begins) NOT IN dirty.2)))
UNION ALL
SELECT
    60::UInt32 AS span_s,
    toStartOfMinute(started_at) AS begins,
    operation,
    count() AS calls,
    countIf(outcome NOT IN ('ok', 'answered')) AS failures,
    sum(greatest(t.attempts - 1, 0))::UInt64 AS retries,
    sum(t.duration_us) AS duration_us,
    max(t.duration_us) AS max_us,
    sum(t.queue_us) AS queue_us,
    sum(t.model_us) AS model_us,
    sumMap(map(least(greatest(t.attempts, 0), 255)::UInt8, 1::UInt64)) AS attempts,
    sumMapIf(map(least(greatest(t.attempts, 0), 255)::UInt8, 1::UInt64), outcome NOT IN ('ok', 'answered'))
        AS failed_attempts,
    quantilesTDigestState(0.5, 0.95, 0.99)(t.duration_us) AS quantiles
FROM
(
    -- As in views/operations.sql.
    SELECT
        stage.1 AS operation,
        received_at + toIntervalMicrosecond(stage.2) AS started_at,
        stage.3 AS duration_us,
        if(operation = 'end_to_end' AND model_outcome NOT IN ('answered', 'not_asked'), toString(model_outcome), 'ok')
            AS outcome,
        if(operation = 'end_to_end', tries, 1) AS attempts,
        if(operation = 'end_to_end', waited_us, 0) AS queue_us,
        if(operation = 'end_to_end', asked_us, 0) AS model_us
    FROM
    (
        -- What FINAL would keep of these rows.
        SELECT
            received_at, stages, model_outcome,
            attempts AS tries, _categorizations.queue_us AS waited_us, _categorizations.model_us AS asked_us
        FROM _categorizations
        -- No answer is older than its ticket, unless a clock was set back, so older months are not read.
        WHERE categorized_at >= dirty.4 - toIntervalDay(1)
            AND (source_topic, source_partition, source_offset, revision) IN
            (
                SELECT source_topic, source_partition, source_offset, revision
                FROM _categorizations
                ARRAY JOIN stages AS stage
                WHERE received_at >= dirty.4 AND received_at < dirty.5
                    AND categorized_at >= dirty.4 - toIntervalDay(1)
                    AND toStartOfMinute(received_at + toIntervalMicrosecond(stage.2)) IN dirty.1
            )
        ORDER BY categorized_at DESC
        LIMIT 1 BY source_topic, source_partition, source_offset, revision
    )
    ARRAY JOIN stages AS stage
    WHERE stage.3 > 0
    UNION ALL
    SELECT
        toString(operation) AS operation,
        started_at,
        duration_us,
        toString(outcome) AS outcome,
        attempts,
        0 AS queue_us,
        0 AS model_us
    FROM _telemetry FINAL
    WHERE kind = 'TIMING' AND started_at >= dirty.4 AND started_at < dirty.5
) AS t
WHERE begins IN dirty.1
    AND NOT (toStartOfDay(begins) BETWEEN first AND last_day AND toStartOfDay(begins) NOT IN dirty.3)
    AND NOT (toStartOfHour(begins) BETWEEN first AND last_hour AND toStartOfHour(begins) NOT IN dirty.2)
GROUP BY begins, operation
{%- endmacro -%}
