-- Calls of the model that began since a moment, by day, and what they told of their cost.
SELECT
    toString(toDate(started_at, 'UTC')) AS day,
    count() AS calls,
    sum(greatest(attempts - 1, 0)) AS retries,
    countIf(isNull(t.input_tokens)) AS untold,
    sum(ifNull(t.input_tokens, 0)) AS input_tokens,
    sum(ifNull(t.cached_tokens, 0)) AS cached_tokens,
    sum(ifNull(t.output_tokens, 0)) AS output_tokens,
    sum(ifNull(t.cost, 0)) AS cost
FROM _telemetry AS t FINAL
WHERE kind = 'TIMING' AND operation = 'model_call' AND started_at >= {since:DateTime64(3, 'UTC')}
GROUP BY day
ORDER BY day
