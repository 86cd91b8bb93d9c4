{% from "views/operation_percentiles.sql" import operation_percentiles %}
-- Durations of every kind of operation that began within a window of whole minutes.
SELECT operation, calls, failures, retries, mean_ms, p50_ms, p95_ms, p99_ms, max_ms
FROM
(
{{ operation_percentiles() }}
) AS operation_percentiles
ORDER BY operation
