-- Spans that are over and whose figures are not rolled up as they are now, the oldest first.
SELECT toUnixTimestamp(begins) AS begins_s, sum(noted) AS all_noted
FROM rollup_notes
WHERE span_s = {span_s:UInt32} AND begins + {span_s:UInt32} <= now()
GROUP BY begins
HAVING all_noted != max(seen)
ORDER BY begins
LIMIT {most:UInt32}
