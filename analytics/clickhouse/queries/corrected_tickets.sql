-- The tickets with answers in some records that were corrected too. For the spans of records see `analytics.store.judging`.
SELECT DISTINCT ticket_id
FROM _corrections
WHERE ticket_id IN
(
    SELECT ticket_id
    FROM _stored_tickets
    WHERE $spans
)
