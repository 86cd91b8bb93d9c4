-- Answers that were drawn at random for people to judge, and what the last audit of each said. Each stands for
-- 1 / audit_probability answers.
SELECT
    count() AS n,
    countIf(state = 'confirmed') AS confirmed,
    sum(1 / probability) AS weight,
    sumIf(1 / probability, state = 'confirmed') AS weight_confirmed,
    sum(1 / pow(probability, 2)) AS weight_squared
FROM
(
    SELECT
        argMax(
            if({level:String} = 'category', label_state, subcategory_state),
            (corrected_at, record_partition, record_offset)) AS state,
        any(judged_audit_probability) AS probability
    FROM corrections
    WHERE origin = 'AUDIT' AND judged_audit_probability > 0 AND judged_categorized_at >= {since:DateTime64(3, 'UTC')}
    GROUP BY judged_event_id
)
WHERE state IN ('confirmed', 'corrected')
