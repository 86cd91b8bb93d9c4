-- The slowest tickets of some hours within a window of whole minutes, with the stage that took longest.
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
-- The few that can be among them are looked for without FINAL, which would read the rest too.
WHERE (source_topic, source_partition, source_offset, revision) IN
    (
        SELECT source_topic, source_partition, source_offset, revision
        FROM categorization_store
        WHERE toUnixTimestamp(toStartOfHour(received_at)) IN {hours_s:Array(UInt32)}
            AND total_us >= {at_least_us:Int64}
    )
    AND received_at >= toStartOfMinute({from:DateTime64(3, 'UTC')})
    AND received_at < toStartOfMinute({to:DateTime64(3, 'UTC')} + toIntervalMillisecond(59999))
ORDER BY total_us DESC, ticket_id, revision
LIMIT {most:UInt32}
