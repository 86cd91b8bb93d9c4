{% from "parts/operation_states.sql" import operation_states %}
CREATE OR REPLACE VIEW operations_1m
(
    operation String COMMENT 'decode, lookup, model_call, rules, window_wait, end_to_end, transaction or insert.',
    minute    DateTime('UTC') COMMENT 'Beginning of the minute.',
    calls     UInt64 COMMENT 'Operations that began in this minute.',
    failures  UInt64 COMMENT 'How many of them failed in their last try too.',
    retries   UInt64 COMMENT 'Tries after the first ones.',
    p50_ms    Float64 COMMENT 'Median duration in milliseconds.',
    p95_ms    Float64 COMMENT '95th percentile of the duration in milliseconds.',
    p99_ms    Float64 COMMENT '99th percentile of the duration in milliseconds.'
)
COMMENT 'One row per operation and minute. Percentiles cannot be averaged over minutes: ask operation_percentiles.'
AS
SELECT
    toString(operation) AS operation,
    begins AS minute,
    calls,
    failures,
    retries,
    finalizeAggregation(quantiles)[1] / 1000 AS p50_ms,
    finalizeAggregation(quantiles)[2] / 1000 AS p95_ms,
    finalizeAggregation(quantiles)[3] / 1000 AS p99_ms
FROM
(
{{ operation_states(
    begins="toDateTime64('1970-01-01 00:00:00', 3, 'UTC')",
    ends="toDateTime64('2106-02-07 06:27:00', 3, 'UTC')",
    longest_s=60) }}
) AS operation_states
