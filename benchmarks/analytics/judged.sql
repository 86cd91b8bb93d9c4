-- The answers to tickets that were corrected, as the sink copies them.
INSERT INTO judged_answer_store
SELECT
    ticket_id, event_id, revision, source_topic, source_partition, source_offset, source_timestamp_ms, categorized_at,
    category, subcategory, confidence, subcategory_confidence, method, model, policy, language, channel, decision,
    audit_probability
FROM categorization_store
WHERE source_offset >= intDiv({first}, 3) AND source_offset <= intDiv({first} + {count}, 3)
    AND ticket_id IN
    (
        SELECT ticket_id FROM correction_store WHERE record_offset >= {first} AND record_offset < {first} + {count}
    )
