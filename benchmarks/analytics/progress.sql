-- What the sink notes of the spans whose rows it has stored.
INSERT INTO _rollup_progress
SELECT
    span_s,
    toDateTime(intDiv(toUnixTimestamp(minute), span_s) * span_s, 'UTC') AS begins,
    sum(t.stored) AS stored,
    0 AS seen,
    min(t.earliest) AS earliest
FROM
(
    SELECT toStartOfMinute(started_at) AS minute, count() AS stored, min(received) AS earliest
    FROM
    (
        SELECT received_at AS received, received_at + toIntervalMicrosecond(stage.2) AS started_at
        FROM _categorizations
        ARRAY JOIN stages AS stage
        -- The places that answers.sql gives these tickets.
        WHERE source_topic = 'ticket-created' AND source_partition IN (0, 1, 2)
            AND source_offset BETWEEN intDiv({first}, 3) AND intDiv({first} + {count} - 1, 3)
            AND stage.3 > 0
        UNION ALL
        SELECT started_at AS received, started_at
        FROM _telemetry
        WHERE kind = 'TIMING'
            AND started_at >= fromUnixTimestamp64Micro({begins_us} + {first} * {step_us}, 'UTC')
            AND started_at < fromUnixTimestamp64Micro({begins_us} + ({first} + {count}) * {step_us}, 'UTC')
    )
    GROUP BY minute
) AS t
ARRAY JOIN [60, 3600, 86400]::Array(UInt32) AS span_s
GROUP BY span_s, begins
