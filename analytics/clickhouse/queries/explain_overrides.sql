-- The corrections that answers name: who decided what, when, and of which ticket.
SELECT event_id, ticket_id, category, subcategory, origin, corrected_by, corrected_at
FROM _corrections FINAL
WHERE event_id IN {corrections:Array(String)}
ORDER BY event_id
