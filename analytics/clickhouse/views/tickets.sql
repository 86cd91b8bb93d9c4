{% from "parts/answers.sql" import columns, fields %}
{% from "views/corrections.sql" import corrections %}
CREATE OR REPLACE VIEW tickets
(
    {{ columns() }},
    final_category         String COMMENT 'Category of the latest correction; without one, the answer''s.',
    final_subcategory      Nullable(String) COMMENT 'Subcategory of the latest correction; without one, the answer''s if its category is final.',
    label_state            String COMMENT 'Of the category: confirmed, corrected, or unreviewed.',
    subcategory_state      String COMMENT 'Of the subcategory: confirmed, corrected, or unreviewed.',
    judged_event_id        Nullable(String) COMMENT 'event_id of the answer that the latest correction judged.',
    judged_revision        Nullable(Int32) COMMENT 'Revision of the judged answer.',
    judged_category        LowCardinality(Nullable(String)) COMMENT 'Category of the judged answer.',
    judged_subcategory     LowCardinality(Nullable(String)) COMMENT 'Subcategory of the judged answer.',
    judged_method          LowCardinality(Nullable(String)) COMMENT 'Method of the judged answer.',
    judged_categorized_at  Nullable(DateTime64(3, 'UTC')) COMMENT 'When the judged answer was given.',
    correction_origin      LowCardinality(Nullable(String)) COMMENT 'AGENT (at work on the ticket), AUDIT (asked about a random sample) or IMPORT (from another system).',
    corrected_at           Nullable(DateTime64(3, 'UTC')) COMMENT 'When the latest correction was made; NULL without one.'
)
COMMENT 'One row per ticket: its newest input record, that record''s highest revision, and the latest correction.'
AS
SELECT
    t.*,
    ifNull(c.category, t.category) AS final_category,
    multiIf(
        c.label_state IS NULL, t.subcategory,
        c.subcategory IS NOT NULL, c.subcategory,
        c.category = t.category, t.subcategory,
        NULL) AS final_subcategory,
    ifNull(c.label_state, 'unreviewed') AS label_state,
    ifNull(c.subcategory_state, 'unreviewed') AS subcategory_state,
    c.judged_event_id AS judged_event_id,
    c.judged_revision AS judged_revision,
    c.judged_category AS judged_category,
    c.judged_subcategory AS judged_subcategory,
    c.judged_method AS judged_method,
    c.judged_categorized_at AS judged_categorized_at,
    c.origin AS correction_origin,
    c.corrected_at AS corrected_at
FROM
(
    SELECT
    {{ fields() }}
    FROM _categorizations_by_ticket FINAL
    ORDER BY source_timestamp_ms DESC, source_offset DESC, revision DESC
    LIMIT 1 BY ticket_id
) AS t
LEFT JOIN
(
    SELECT *
    FROM
    (
{{ corrections() }}
    ) AS corrections
    ORDER BY corrected_at DESC, record_partition DESC, record_offset DESC
    LIMIT 1 BY ticket_id
) AS c ON c.ticket_id = t.ticket_id
SETTINGS join_use_nulls = 1
