-- The latest judgements of answers that were chosen for a second person, by a hash that never changes.
SELECT ticket_id, correction_id, event_id, source_topic, source_partition, source_offset
FROM
(
    SELECT ticket_id, correction_id, event_id, source_topic, source_partition, source_offset, corrected_at
    FROM _judgements
    PREWHERE cityHash64(event_id, 'second opinion') % 1000000 < {share:Float64} * 1000000
    WHERE month >= toYYYYMM({since:DateTime64(3, 'UTC')}) AND month = toYYYYMM(categorized_at)
        AND corrected_at >= {since:DateTime64(3, 'UTC')} AND origin != 'IMPORT' AND source_topic != 'library'
    -- The row that was made from the most rows counts.
    ORDER BY known DESC
    LIMIT 1 BY ticket_id, correction_id
)
ORDER BY corrected_at DESC, correction_id
LIMIT {looked_at:UInt32}
