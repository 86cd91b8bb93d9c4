-- Durations of every kind of operation that began within a window of whole minutes.
SELECT operation, calls, failures, retries, mean_ms, p50_ms, p95_ms, p99_ms, max_ms
FROM operation_percentiles(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')})
ORDER BY operation
