-- What people said of answers given since a moment, with the texts: of each person the newest for each input record.
--
--   likely_subcategory   what the answer and its alternatives say of the category that the person gave
--   has_text             false without TEXTS_KEPT_DAYS, and for texts whose days are over
SELECT
    j.correction_id AS correction_id, j.event_id AS event_id, j.origin AS origin, c.corrected_by AS corrected_by,
    j.given_category AS given_category, j.given_subcategory AS given_subcategory,
    j.category AS answered_category, j.subcategory AS answered_subcategory,
    if(
        j.category = j.given_category, CAST(j.subcategory, 'Nullable(String)'),
        tupleElement(arrayFirst(other -> other.1 = j.given_category, a.alternatives), 3)) AS likely_subcategory,
    j.origin = 'AUDIT' AND j.audit_probability > 0 AS is_audit,
    j.language AS language, j.method AS method, j.model AS model,
    j.corrected_at AS corrected_at, j.categorized_at AS categorized_at,
    notEmpty(t.record_topic) AS has_text, t.subject AS subject, t.description AS description
FROM
(
    SELECT *
    FROM _judgements FINAL
    WHERE month >= toYYYYMM({since:DateTime64(3, 'UTC')})
        AND month = toYYYYMM(categorized_at)
        AND categorized_at >= {since:DateTime64(3, 'UTC')}
) AS j
INNER JOIN
(
    SELECT ticket_id, event_id, corrected_by, record_partition, record_offset
    FROM _corrections FINAL
) AS c ON c.ticket_id = j.ticket_id AND c.event_id = j.correction_id
LEFT JOIN
(
    SELECT ticket_id, event_id, alternatives
    FROM _categorizations_by_ticket FINAL
    WHERE ticket_id IN (SELECT ticket_id FROM _corrections)
) AS a ON a.ticket_id = j.ticket_id AND a.event_id = j.event_id
LEFT JOIN
(
    SELECT record_topic, record_partition, record_offset, subject, description
    FROM _ticket_texts FINAL
    WHERE (record_topic, record_partition, record_offset) IN
    (
        SELECT source_topic, source_partition, source_offset
        FROM _judgements
    )
) AS t ON t.record_topic = j.source_topic
    AND t.record_partition = j.source_partition
    AND t.record_offset = j.source_offset
ORDER BY corrected_at DESC, c.record_partition DESC, c.record_offset DESC
LIMIT 1 BY j.source_topic, j.source_partition, j.source_offset, corrected_by
