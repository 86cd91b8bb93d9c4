-- Where the answers stand that can be among the slowest of some hours within a window of whole minutes, the slowest
-- first. Some may have been replaced since, by a process that answered the same record again: hence more than are shown,
-- and few enough for one parameter of the next question (ClickHouse takes 128 KiB), however long a topic's name is.
SELECT source_topic, source_partition, source_offset, revision
FROM categorization_store
WHERE toUnixTimestamp(toStartOfHour(received_at)) IN {hours_s:Array(UInt32)} AND total_us >= {at_least_us:Int64}
    AND received_at >= toStartOfMinute({from:DateTime64(3, 'UTC')})
    AND received_at < toStartOfMinute({to:DateTime64(3, 'UTC')} + toIntervalMillisecond(59999))
    -- No answer is older than its ticket: older months are not looked into.
    AND categorized_at >= toStartOfMinute({from:DateTime64(3, 'UTC')})
GROUP BY source_topic, source_partition, source_offset, revision
ORDER BY max(total_us) DESC
LIMIT 200
