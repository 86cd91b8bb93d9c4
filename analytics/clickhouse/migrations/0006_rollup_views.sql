-- One row per timed operation. A ticket's stages follow one another, so each began when those before it had ended;
-- a stage that took 0 did not run.
CREATE OR REPLACE VIEW operations AS
SELECT operation, started_at, duration_us / 1000 AS duration_ms, outcome, attempts, ticket_id, instance
FROM timed_operations;

-- The operations that began within a window of whole minutes, as states that can be merged: of the longest clean spans
-- there are (but not longer than `longest_s`), and of dirty minutes from the rows themselves. Which spans are taken is
-- found out once, before any is read, so one that is rolled up meanwhile is neither missed nor counted twice.
-- An hour or day has to lie within the window with all its minutes.
CREATE OR REPLACE VIEW operation_states AS
WITH
toStartOfMinute({from:DateTime64(3, 'UTC')}) AS first,
toStartOfMinute({to:DateTime64(3, 'UTC')} + toIntervalMillisecond(59999)) AS last,
(
    SELECT (
        groupArrayIf((span_s, begins), span_s = 86400 AND whole_day
            OR span_s = 3600 AND whole_hour AND NOT whole_day
            OR span_s = 60 AND clean AND NOT whole_hour AND NOT whole_day),
        groupArrayIf(begins, span_s = 60 AND NOT clean AND NOT whole_hour AND NOT whole_day),
        minIf(earliest, span_s = 60 AND NOT clean AND NOT whole_hour AND NOT whole_day))
    FROM
    (
        SELECT
            span_s,
            begins,
            min(rollup_notes.earliest) AS earliest,
            sum(noted) = max(seen) AND begins + span_s <= last AS clean,
            max(clean AND span_s = 3600) OVER (PARTITION BY toStartOfHour(begins)) AS whole_hour,
            max(clean AND span_s = 86400) OVER (PARTITION BY toStartOfDay(begins)) AS whole_day
        FROM rollup_notes
        WHERE span_s <= {longest_s:UInt32} AND begins >= first AND begins < last
        GROUP BY span_s, begins
    )
) AS parts
SELECT
    span_s, begins, operation, calls, failures, retries, duration_us, max_us, queue_us, model_us, attempts,
    failed_attempts, quantiles
FROM operation_rollup FINAL
WHERE (span_s, begins) IN (SELECT arrayJoin(parts.1))
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
    sum(t.ticket_queue_us) AS queue_us,
    sum(t.ticket_model_us) AS model_us,
    sumMap(map(least(greatest(t.attempts, 0), 255)::UInt8, 1::UInt64)) AS attempts,
    sumMapIf(map(least(greatest(t.attempts, 0), 255)::UInt8, 1::UInt64), outcome NOT IN ('ok', 'answered'))
        AS failed_attempts,
    quantilesTDigestState(0.5, 0.95, 0.99)(t.duration_us) AS quantiles
FROM timed_operations AS t
WHERE received_at >= parts.3
    -- As a DateTime, the end of the last minute would lose the fractions of its last second to the index.
    AND received_at < toDateTime64(arrayMax(parts.2), 6, 'UTC') + toIntervalSecond(60)
    AND toStartOfMinute(started_at) IN (SELECT arrayJoin(parts.2))
GROUP BY begins, operation;

-- Percentiles of one minute cannot be averaged over several: for that there is `operation_percentiles`.
CREATE OR REPLACE VIEW operations_1m AS
SELECT
    toString(operation) AS operation,
    begins AS minute,
    calls,
    failures,
    retries,
    finalizeAggregation(quantiles)[1] / 1000 AS p50_ms,
    finalizeAggregation(quantiles)[2] / 1000 AS p95_ms,
    finalizeAggregation(quantiles)[3] / 1000 AS p99_ms
FROM operation_states(from = '1970-01-01 00:00:00', to = '2106-02-07 06:27:00', longest_s = 60);

-- Whole minutes: of the window's first and last minute everything counts.
CREATE OR REPLACE VIEW operation_percentiles AS
SELECT
    toString(operation) AS operation,
    all_calls AS calls,
    all_failures AS failures,
    percentiles[1] / 1000 AS p50_ms,
    percentiles[2] / 1000 AS p95_ms,
    percentiles[3] / 1000 AS p99_ms,
    slowest_us / 1000 AS max_ms,
    all_duration_us / all_calls / 1000 AS mean_ms,
    all_retries AS retries
FROM
(
    SELECT
        operation,
        sum(calls) AS all_calls,
        sum(failures) AS all_failures,
        sum(retries) AS all_retries,
        sum(duration_us) AS all_duration_us,
        max(max_us) AS slowest_us,
        quantilesTDigestMerge(0.5, 0.95, 0.99)(quantiles) AS percentiles
    FROM operation_states(
        from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, longest_s = 86400)
    GROUP BY operation
);
