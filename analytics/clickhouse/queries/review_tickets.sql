-- What is shown of some answers. For the places of records see `analytics.reports.review_question`.
SELECT
    event_id, ticket_id, category, subcategory, confidence, decision, method, model, alternatives, explanation,
    source_topic, source_partition, source_offset, revision, categorized_at, channel, language, audit_probability,
    provisional
FROM _categorizations
WHERE ($places)
ORDER BY revision DESC, categorized_at DESC
LIMIT 1 BY event_id
