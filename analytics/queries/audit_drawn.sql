-- Answers that were drawn at random for people to judge. Repeated rows are one answer.
SELECT uniqExact(source_topic, source_partition, source_offset, revision) AS drawn
FROM categorization_store
WHERE audit_probability > 0 AND categorized_at >= {since:DateTime64(3, 'UTC')}
