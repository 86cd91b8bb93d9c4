-- Who corrected these tickets.
SELECT ticket_id, event_id, corrected_by
FROM _corrections
WHERE ticket_id IN {tickets:Array(String)}
ORDER BY record_offset DESC
LIMIT 1 BY ticket_id, event_id
