{% from "parts/operation_states.sql" import operation_states %}
-- Durations of the operations that began within a window of whole minutes. For end_to_end also how long its tickets
-- waited for a call to the model, and for the model's answer.
SELECT
    toString(operation) AS operation,
    all_calls AS calls,
    percentiles[3] / 1000 AS p99_ms,
    slowest_us / 1000 AS max_ms,
    spent_us / 1000 AS total_ms,
    waited_us / 1000 AS queue_ms,
    asked_us / 1000 AS model_ms
FROM
(
    SELECT
        operation,
        sum(calls) AS all_calls,
        max(max_us) AS slowest_us,
        sum(duration_us) AS spent_us,
        sum(queue_us) AS waited_us,
        sum(model_us) AS asked_us,
        quantilesTDigestMerge(0.5, 0.95, 0.99)(quantiles) AS percentiles
    FROM
    (
{{ operation_states(longest_s=86400) }}
    ) AS operation_states
    GROUP BY operation
)
ORDER BY p99_ms DESC
