-- Where the answers stand that can be among the slowest of some hours within a window of whole minutes; some may have
-- been replaced since.
SELECT DISTINCT source_topic, source_partition, source_offset, revision
FROM categorization_store
WHERE toUnixTimestamp(toStartOfHour(received_at)) IN {hours_s:Array(UInt32)} AND total_us >= {at_least_us:Int64}
    AND received_at >= toStartOfMinute({from:DateTime64(3, 'UTC')})
    AND received_at < toStartOfMinute({to:DateTime64(3, 'UTC')} + toIntervalMillisecond(59999))
    -- No answer is older than its ticket: older months are not looked into.
    AND categorized_at >= toStartOfMinute({from:DateTime64(3, 'UTC')})
