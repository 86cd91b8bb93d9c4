{% macro chosen() %}
    SELECT
        ticket_id, correction_id, event_id, source_topic, source_partition, source_offset, corrected_at
    FROM _judgements
    WHERE month >= toYYYYMM({since:DateTime64(3, 'UTC')}) AND month = toYYYYMM(categorized_at)
        AND corrected_at >= {since:DateTime64(3, 'UTC')} AND origin != 'IMPORT' AND source_topic != 'library'
        AND cityHash64(event_id, 'second opinion') % 1000000 < {share:Float64} * 1000000
    -- The row that was made from the most rows counts.
    ORDER BY known DESC
    LIMIT 1 BY ticket_id, correction_id
{%- endmacro %}
-- Answers that one person judged lately, and that were chosen for a second one, by a hash that never changes.
WITH lately AS
(
    SELECT *
    FROM
    (
{{ chosen() }}
    )
    ORDER BY corrected_at DESC
    LIMIT {looked_at:UInt32}
)
SELECT
    any(source_topic) AS source_topic, any(source_partition) AS source_partition, any(source_offset) AS source_offset,
    any(ticket_id) AS ticket_id, event_id,
    groupUniqArray(assumeNotNull(people.corrected_by)) AS judged_by,
    max(lately.corrected_at) AS last
FROM lately
INNER JOIN
(
    SELECT event_id AS correction_id, corrected_by
    FROM _corrections
    -- A typed name may be anybody's.
    WHERE corrected_by IS NOT NULL AND NOT startsWith(assumeNotNull(corrected_by), 'typed:')
        AND ticket_id IN (SELECT ticket_id FROM lately)
    ORDER BY record_offset DESC
    LIMIT 1 BY ticket_id, event_id
) AS people USING (correction_id)
GROUP BY event_id
HAVING length(judged_by) = 1
ORDER BY last DESC, event_id
