-- Mean time of each stage, by method.
SELECT
    toString(method) AS method,
    count() AS tickets,
    avg(decode_ms) AS decode_ms,
    avg(lookup_ms) AS lookup_ms,
    avg(queue_ms) AS queue_ms,
    avg(model_ms) AS model_ms,
    avg(rules_ms) AS rules_ms,
    avg(wait_ms) AS wait_ms,
    avg(total_ms) AS total_ms
FROM categorizations
WHERE categorized_at >= {since:DateTime64(3, 'UTC')}
GROUP BY method
ORDER BY tickets DESC
