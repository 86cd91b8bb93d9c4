-- Which texts the answers to some tickets were given for. What the library answered is nobody's to override.
SELECT DISTINCT fingerprint, ticket_id
FROM _categorizations_by_ticket
WHERE ticket_id IN {tickets:Array(String)} AND length(fingerprint) BETWEEN 1 AND 256 AND source_topic != 'library'
