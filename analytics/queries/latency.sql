-- Durations of every kind of operation that began since a moment. The percentiles are exact, with linear interpolation.
SELECT
    operation,
    count() AS calls,
    countIf(outcome NOT IN ('ok', 'answered')) AS failures,
    avg(duration_ms) AS mean_ms,
    quantileExactInclusive(0.5)(duration_ms) AS p50_ms,
    quantileExactInclusive(0.95)(duration_ms) AS p95_ms,
    quantileExactInclusive(0.99)(duration_ms) AS p99_ms,
    max(duration_ms) AS max_ms
FROM operations
WHERE started_at >= {since:DateTime64(6, 'UTC')}
GROUP BY operation
ORDER BY operation
