-- Tickets whose id has this beginning, an exact match first. An empty beginning gives the latest tickets.
SELECT
    ticket_id,
    toString(category) AS category,
    CAST(subcategory, 'Nullable(String)') AS subcategory,
    confidence,
    toString(decision) AS decision,
    toString(method) AS method,
    provisional,
    categorized_at
FROM _categorizations_by_ticket FINAL
WHERE startsWith(ticket_id, {beginning:String})
    AND ({beginning:String} != ''
        OR categorized_at >= (SELECT max(categorized_at) FROM _categorizations) - toIntervalHour(1))
ORDER BY ticket_id = {beginning:String} DESC, source_timestamp_ms DESC, source_offset DESC, revision DESC
LIMIT 1 BY ticket_id
LIMIT {most:UInt32}
