-- Every correction of one ticket, in the order in which they count: the last one stands.
SELECT
    event_id, category, subcategory, origin, corrected_by, reason, corrected_at, judged_event_id, judged_revision,
    judged_category, judged_subcategory, label_state, subcategory_state
FROM corrections
WHERE ticket_id = {ticket_id:String}
ORDER BY corrected_at, record_partition, record_offset
