-- Spans that are over and whose figures are not rolled up as they are now, the oldest first; and how many rows were
-- noted up to the end of each, in the others too.
SELECT toUnixTimestamp(begins) AS begins_s, all_noted AS noted, noted_up_to
FROM
(
    SELECT
        begins,
        sum(noted) AS all_noted,
        max(seen) AS last_seen,
        sum(all_noted) OVER (ORDER BY begins) AS noted_up_to
    FROM rollup_notes
    WHERE span_s = {span_s:UInt32} AND begins + {span_s:UInt32} <= now()
    GROUP BY begins
)
WHERE all_noted != last_seen
ORDER BY begins
LIMIT {most:UInt32}
