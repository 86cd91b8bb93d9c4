-- The slowest tickets among those that were received in some minutes, with the stage that took longest.
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
FROM categorization_store FINAL
WHERE received_at >= toDateTime64(arrayMin({begins_s:Array(UInt32)}), 6, 'UTC')
    AND received_at < toDateTime64(arrayMax({begins_s:Array(UInt32)}) + 60, 6, 'UTC')
    AND toUnixTimestamp(toStartOfMinute(received_at)) IN {begins_s:Array(UInt32)}
ORDER BY total_us DESC, ticket_id, revision
LIMIT {most:UInt32}
