-- The texts of some input records. For the places of records see `analytics.reports.review_question`.
SELECT record_topic, record_partition, record_offset, subject, description
FROM _ticket_texts
WHERE ($places)
ORDER BY received_at DESC
LIMIT 1 BY record_topic, record_partition, record_offset
