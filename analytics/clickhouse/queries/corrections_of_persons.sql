-- How many tickets everybody has corrected, by the category that they named; `before` is without some tickets.
--
-- Rows that were replaced are counted with those that replaced them: they are of the same ticket.
SELECT
    corrected_by, given_category AS category,
    uniqExact(ticket_id) AS now,
    uniqExactIf(ticket_id, ticket_id NOT IN {tickets:Array(String)}) AS before
FROM _judgements
WHERE corrected_at >= fromUnixTimestamp64Milli({since_ms:Int64}) AND given_category != _judgements.category
    AND source_topic != 'library'
GROUP BY corrected_by, given_category
