{% from "parts/operation_states.sql" import operation_states %}
{% macro operation_percentiles() %}
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
    FROM
    (
{{ operation_states(longest_s=86400) }}
    ) AS operation_states
    GROUP BY operation
)
{%- endmacro %}
CREATE OR REPLACE VIEW operation_percentiles
(
    operation String COMMENT 'decode, lookup, model_call, rules, window_wait, end_to_end, transaction or insert.',
    calls     UInt64 COMMENT 'Operations that began within the window.',
    failures  UInt64 COMMENT 'How many of them failed in their last try too.',
    p50_ms    Float64 COMMENT 'Median duration in milliseconds.',
    p95_ms    Float64 COMMENT '95th percentile of the duration in milliseconds.',
    p99_ms    Float64 COMMENT '99th percentile of the duration in milliseconds.',
    max_ms    Float64 COMMENT 'Longest duration in milliseconds.',
    mean_ms   Float64 COMMENT 'Mean duration in milliseconds.',
    retries   UInt64 COMMENT 'Tries after the first ones.'
)
COMMENT 'One row per operation over a window of whole minutes. Ask operation_percentiles(from = ..., to = ...): of the first and the last minute everything counts.'
AS
{{ operation_percentiles() }}
