-- Copies the answers to tickets that people have judged: to those of which corrections were just stored, and to those
-- of which answers were just stored and that have corrections.
INSERT INTO judged_answer_store
SETTINGS max_partitions_per_insert_block = 0
SELECT
    ticket_id, event_id, revision, source_topic, source_partition, source_offset, source_timestamp_ms, categorized_at,
    category, subcategory, confidence, subcategory_confidence, method, model, policy, language, channel, decision,
    audit_probability
FROM ticket_store
WHERE ticket_id IN ({corrected:Array(String)})
    OR ticket_id IN (SELECT ticket_id FROM correction_store WHERE ticket_id IN ({answered:Array(String)}))
