-- First answers in slices of time, by method and decision.
SELECT
    toUnixTimestamp(toStartOfInterval(categorized_at, toIntervalSecond({slice_s:UInt32}))) AS at_s,
    toString(method) AS method,
    toString(decision) AS decision,
    count() AS tickets,
    countIf(provisional) AS provisional
FROM categorizations
WHERE categorized_at >= {since:DateTime64(3, 'UTC')} AND revision = 0
GROUP BY ALL
ORDER BY at_s
