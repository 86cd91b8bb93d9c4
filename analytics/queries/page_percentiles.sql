-- How long tickets took from being read to being answered, in slices of time.
SELECT
    toUnixTimestamp(toStartOfInterval(started_at, toIntervalSecond({slice_s:UInt32}))) AS at_s,
    quantilesTDigest(0.5, 0.95, 0.99)(duration_ms) AS percentiles_ms
FROM operations
WHERE started_at >= {since:DateTime64(6, 'UTC')} AND operation = 'end_to_end'
GROUP BY at_s
ORDER BY at_s
