-- How many tickets some persons have corrected, by the category that they named; `before` is without some tickets.
--
-- Rows that were replaced are counted with those that replaced them: they are of the same ticket.
SELECT
    corrected_by, category, count() AS now, countIf(NOT is_left_out) AS before
FROM
(
    SELECT
        corrected_by, given_category AS category, cityHash64(ticket_id) AS ticket,
        any(ticket_id IN {tickets:Array(String)}) AS is_left_out
    FROM _judgements
    WHERE ifNull(corrected_by, '') IN {persons:Array(String)}
        AND corrected_at >= fromUnixTimestamp64Milli({since_ms:Int64}) AND given_category != _judgements.category
        AND source_topic != 'library'
    GROUP BY corrected_by, category, ticket
)
GROUP BY corrected_by, category
