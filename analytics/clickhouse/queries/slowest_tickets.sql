-- The slowest of the tickets that were received within a window of whole minutes, with the stage that took longest.
--
-- They are looked for in the hours that can hold them: those with the slowest tickets by their figures, as many as tickets
-- are asked for, and those whose figures say nothing, because they are dirty or partly outside of the window.
WITH
    toStartOfMinute({from:DateTime64(3, 'UTC')}) AS first,
    toStartOfMinute({to:DateTime64(3, 'UTC')} + toIntervalMillisecond(59999)) AS last,
    (
        SELECT (
            groupArrayIf(hour, NOT known OR place <= {most:UInt32}),
            -- The slowest of each of these hours are as many tickets, so none that is quicker than all of them counts.
            maxIf(slowest_us, known AND place = {most:UInt32}))
        FROM
        (
            SELECT
                progress.begins AS hour, progress.known AS known, figures.max_us AS slowest_us,
                row_number() OVER (PARTITION BY known ORDER BY slowest_us DESC) AS place
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
    -- What FINAL would keep of these few; it would read the rest too.
    SELECT *
    FROM _categorizations
    WHERE (source_topic, source_partition, source_offset, revision) IN
        (
            -- Some may have been replaced since, by a process that answered the same record again: hence more than are
            -- shown.
            SELECT source_topic, source_partition, source_offset, revision
            FROM _categorizations
            WHERE toStartOfHour(received_at) IN hours.1 AND total_us >= hours.2
                AND received_at >= first AND received_at < last
                -- No answer is older than its ticket: older months are not looked into.
                AND categorized_at >= first
            ORDER BY total_us DESC
            LIMIT 200
        )
        -- And what replaces it is younger still.
        AND categorized_at >= first
    ORDER BY categorized_at DESC
    LIMIT 1 BY source_topic, source_partition, source_offset, revision
)
WHERE received_at >= first AND received_at < last
ORDER BY total_us DESC, ticket_id, revision
LIMIT {most:UInt32}
