-- How many tickets some persons have corrected, by the label that they gave (`category` or `category/subcategory`);
-- `before` is without some tickets.
--
-- Rows that were replaced are counted with those that replaced them: they are of the same ticket.
SELECT
    corrected_by, label, count() AS now, countIf(NOT is_left_out) AS before
FROM
(
    SELECT
        corrected_by, given_path AS label, cityHash64(ticket_id) AS ticket,
        any(ticket_id IN {tickets:Array(String)}) AS is_left_out
    FROM _judgements
    WHERE ifNull(corrected_by, '') IN {persons:Array(String)}
        AND corrected_at >= fromUnixTimestamp64Milli({since_ms:Int64})
        AND (given_category != category OR ifNull(given_subcategory != ifNull(subcategory, ''), false))
        AND source_topic != 'library'
    GROUP BY corrected_by, label, ticket
)
GROUP BY corrected_by, label
