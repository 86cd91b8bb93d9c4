-- What the sink notes of the spans whose rows it has stored.
INSERT INTO rollup_notes
SELECT
    span_s,
    toDateTime(intDiv(toUnixTimestamp(minute), span_s) * span_s, 'UTC') AS begins,
    sum(t.noted) AS noted,
    0 AS seen,
    min(t.earliest) AS earliest
FROM
(
    SELECT toStartOfMinute(started_at) AS minute, count() AS noted, min(received_at) AS earliest
    FROM timed_operations
    WHERE received_at >= fromUnixTimestamp64Micro({begins_us} + {first} * {step_us}, 'UTC')
        AND received_at < fromUnixTimestamp64Micro({begins_us} + ({first} + {count}) * {step_us} + 1200000000, 'UTC')
    GROUP BY minute
) AS t
ARRAY JOIN [60, 3600, 86400]::Array(UInt32) AS span_s
GROUP BY span_s, begins
