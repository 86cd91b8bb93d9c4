SELECT ticket_id, revision, toString(method) AS method, toString(model_outcome) AS model_outcome, attempts,
       categorized_at, decode_ms, lookup_ms, queue_ms, model_ms, rules_ms, wait_ms, total_ms
FROM categorizations
WHERE categorized_at >= {since:DateTime64(3, 'UTC')}
ORDER BY total_ms DESC, ticket_id
LIMIT 15
