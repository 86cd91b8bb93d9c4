-- Spans that are over and dirty, the oldest first. `stored_up_to` counts what was stored in all spans up to the end of
-- this one, clean ones included.
SELECT toUnixTimestamp(begins) AS begins_s, all_stored AS stored, stored_up_to
FROM
(
    SELECT
        begins,
        sum(stored) AS all_stored,
        max(seen) AS last_seen,
        sum(all_stored) OVER (ORDER BY begins) AS stored_up_to
    FROM _rollup_progress
    WHERE span_s = {span_s:UInt32} AND begins + {span_s:UInt32} <= now()
    GROUP BY begins
)
WHERE all_stored != last_seen
ORDER BY begins
LIMIT {most:UInt32}
