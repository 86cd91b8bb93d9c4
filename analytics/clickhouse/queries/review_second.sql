-- Answers that one person judged lately, and that were chosen for a second one, by a hash that never changes.
SELECT
    any(source_topic) AS source_topic, any(source_partition) AS source_partition, any(source_offset) AS source_offset,
    event_id,
    groupUniqArray(assumeNotNull(people.corrected_by)) AS judged_by,
    max(judged.corrected_at) AS last
FROM
(
    SELECT ticket_id, correction_id, event_id, source_topic, source_partition, source_offset, corrected_at
    FROM _judgements FINAL
    WHERE month >= toYYYYMM({since:DateTime64(3, 'UTC')}) AND month = toYYYYMM(categorized_at)
        AND corrected_at >= {since:DateTime64(3, 'UTC')} AND origin != 'IMPORT' AND source_topic != 'library'
        AND cityHash64(event_id, 'second opinion') % 1000000 < {share:Float64} * 1000000
    ORDER BY corrected_at DESC
    LIMIT {looked_at:UInt32}
) AS judged
INNER JOIN
(
    SELECT ticket_id, event_id AS correction_id, corrected_by
    FROM _corrections FINAL
    -- A typed name may be anybody's.
    WHERE corrected_by IS NOT NULL AND NOT startsWith(assumeNotNull(corrected_by), 'typed:')
        AND ticket_id IN
        (
            SELECT ticket_id
            FROM _judgements
            WHERE month >= toYYYYMM({since:DateTime64(3, 'UTC')})
                AND cityHash64(event_id, 'second opinion') % 1000000 < {share:Float64} * 1000000
        )
) AS people USING (ticket_id, correction_id)
GROUP BY event_id
HAVING length(judged_by) = 1
ORDER BY last DESC, event_id
