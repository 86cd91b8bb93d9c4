-- The answer that counts for a ticket now.
SELECT event_id, category, subcategory
FROM _categorizations_by_ticket FINAL
WHERE ticket_id = {ticket_id:String}
ORDER BY source_timestamp_ms DESC, source_offset DESC, revision DESC
LIMIT 1
