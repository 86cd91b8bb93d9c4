-- The slowest of the tickets at some places that were received within a window of whole minutes, with the stage that took
-- longest.
SELECT
    ticket_id,
    revision,
    received_at,
    total_us / 1000 AS total_ms,
    arrayMax([decode_us, lookup_us, queue_us, model_us, rules_us, wait_us]) AS longest_us,
    longest_us / 1000 AS longest_ms,
    ['decode', 'lookup', 'queue', 'model', 'rules', 'window_wait'][
        indexOf([decode_us, lookup_us, queue_us, model_us, rules_us, wait_us], longest_us)] AS longest,
    toString(method) AS method,
    attempts
FROM
(
    -- What FINAL would keep of these few; it would read the rest too.
    SELECT *
    FROM categorization_store
    WHERE (source_topic, source_partition, source_offset, revision)
        IN {places:Array(Tuple(String, Int32, Int64, Int32))}
        -- No answer is older than its ticket, and what replaces it is younger still.
        AND categorized_at >= toStartOfMinute({from:DateTime64(3, 'UTC')})
    ORDER BY categorized_at DESC
    LIMIT 1 BY source_topic, source_partition, source_offset, revision
)
WHERE received_at >= toStartOfMinute({from:DateTime64(3, 'UTC')})
    AND received_at < toStartOfMinute({to:DateTime64(3, 'UTC')} + toIntervalMillisecond(59999))
ORDER BY total_us DESC, ticket_id, revision
LIMIT {most:UInt32}
