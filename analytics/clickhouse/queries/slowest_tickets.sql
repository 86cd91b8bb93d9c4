-- The slowest of the tickets that were received within a window of whole minutes, with the stage that took longest.
--
-- Only hours that can hold them are searched: as many of the hours with the slowest tickets as tickets are wanted, and the
-- hours without usable figures, because they are dirty or partly outside of the window.
WITH
    toStartOfMinute({from:DateTime64(3, 'UTC')}) AS first,
    toStartOfMinute({to:DateTime64(3, 'UTC')} + toIntervalMillisecond(59999)) AS last,
    (
        SELECT (
            groupArrayIf(hour, NOT known OR position <= {most:UInt32}),
            -- The slowest tickets of these hours are as many as are wanted, so quicker tickets do not count.
            maxIf(slowest_us, known AND position = {most:UInt32}))
        FROM
        (
            SELECT
                progress.begins AS hour, progress.known AS known, figures.max_us AS slowest_us,
                row_number() OVER (PARTITION BY known ORDER BY slowest_us DESC) AS position
            FROM
            (
                SELECT begins, sum(stored) = max(seen) AND begins >= first AND begins + 3600 <= last AS known
                FROM _rollup_progress
                WHERE span_s = 3600 AND begins > first - 3600 AND begins < last
                GROUP BY begins
            ) AS progress
            LEFT JOIN
            (
                SELECT begins, max_us
                FROM _operation_rollup FINAL
                WHERE span_s = 3600 AND operation = 'end_to_end' AND begins >= first AND begins < last
            ) AS figures ON figures.begins = progress.begins
        )
    ) AS hours
SELECT
    ticket_id,
    revision,
    received_at,
    total_us / 1000 AS total_ms,
    arrayMax([decode_us, lookup_us, queue_us, model_us, rules_us, wait_us]) AS longest_us,
    longest_us / 1000 AS longest_ms,
    ['decode', 'lookup', 'queue', 'model', 'rules', 'window_wait'][
        indexOf([decode_us, lookup_us, queue_us, model_us, rules_us, wait_us], longest_us)] AS longest,
    toString(method) AS method,
    attempts
FROM
(
    -- What FINAL would keep of these few rows. FINAL itself would read all rows.
    SELECT *
    FROM _categorizations
    WHERE (source_topic, source_partition, source_offset, revision) IN
        (
            -- More than are shown, because some may have been replaced by another answer to the same record.
            SELECT source_topic, source_partition, source_offset, revision
            FROM _categorizations
            WHERE toStartOfHour(received_at) IN hours.1 AND total_us >= hours.2
                AND received_at >= first AND received_at < last
                -- No answer is older than its ticket, so older months are not read.
                AND categorized_at >= first
            ORDER BY total_us DESC
            LIMIT 200
        )
        -- A row that replaces it is younger still.
        AND categorized_at >= first
    ORDER BY categorized_at DESC
    LIMIT 1 BY source_topic, source_partition, source_offset, revision
)
WHERE received_at >= first AND received_at < last
ORDER BY total_us DESC, ticket_id, revision
LIMIT {most:UInt32}
