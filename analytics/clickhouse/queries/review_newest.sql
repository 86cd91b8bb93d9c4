-- Where the answers since a moment end, in each partition of the input. What the library stores has no records.
SELECT source_topic, source_partition, bitmapMax(groupBitmapMergeState(offsets)) AS last
FROM _answered_records
WHERE day >= toDate({since:DateTime64(3, 'UTC')}, 'UTC') AND source_topic != 'library'
GROUP BY source_topic, source_partition
ORDER BY source_topic, source_partition
