{% from "parts/judged_answer.sql" import keep_the_judged_answer %}
{% macro corrections() %}
SELECT
    c.event_id AS event_id,
    c.ticket_id AS ticket_id,
    c.category AS category,
    c.subcategory AS subcategory,
    c.origin AS origin,
    c.corrected_by AS corrected_by,
    c.reason AS reason,
    c.corrected_at AS corrected_at,
    a.event_id AS judged_event_id,
    a.revision AS judged_revision,
    a.category AS judged_category,
    a.subcategory AS judged_subcategory,
    a.method AS judged_method,
    a.categorized_at AS judged_categorized_at,
    a.audit_probability AS judged_audit_probability,
    multiIf(a.event_id IS NULL, 'unmatched', c.category = a.category, 'confirmed', 'corrected') AS label_state,
    multiIf(
        a.event_id IS NULL, 'unmatched',
        c.subcategory IS NULL, 'unreviewed',
        c.category = a.category AND a.subcategory IS NOT NULL AND c.subcategory = a.subcategory, 'confirmed',
        'corrected') AS subcategory_state,
    c.record_partition AS record_partition,
    c.record_offset AS record_offset
FROM _corrections AS c FINAL
LEFT JOIN
(
    SELECT event_id, ticket_id, revision, category, subcategory, method, categorized_at, audit_probability,
           source_timestamp_ms, source_offset
    FROM _categorizations_by_ticket FINAL
    WHERE ticket_id IN (SELECT ticket_id FROM _corrections)
) AS a ON a.ticket_id = c.ticket_id
{{ keep_the_judged_answer() }}
SETTINGS join_use_nulls = 1
{%- endmacro %}
CREATE OR REPLACE VIEW corrections
(
    event_id                 String COMMENT 'Id of the correction, given by its publisher.',
    ticket_id                String COMMENT 'Id of the ticket.',
    category                 LowCardinality(String) COMMENT 'Category that the person gave.',
    subcategory              LowCardinality(Nullable(String)) COMMENT 'Subcategory that the person gave; NULL for none.',
    origin                   LowCardinality(String) COMMENT 'AGENT (at work on the ticket), AUDIT (asked about a random sample) or IMPORT (from another system).',
    corrected_by             LowCardinality(Nullable(String)) COMMENT 'Who corrected.',
    reason                   Nullable(String) COMMENT 'Why, in the person''s words.',
    corrected_at             DateTime64(3, 'UTC') COMMENT 'When the person corrected.',
    judged_event_id          Nullable(String) COMMENT 'event_id of the answer that was judged; NULL while it has no answer.',
    judged_revision          Nullable(Int32) COMMENT 'Revision of the judged answer.',
    judged_category          LowCardinality(Nullable(String)) COMMENT 'Category of the judged answer.',
    judged_subcategory       LowCardinality(Nullable(String)) COMMENT 'Subcategory of the judged answer.',
    judged_method            LowCardinality(Nullable(String)) COMMENT 'Method of the judged answer.',
    judged_categorized_at    Nullable(DateTime64(3, 'UTC')) COMMENT 'When the judged answer was given.',
    judged_audit_probability Nullable(Float64) COMMENT 'Probability with which the judged answer was drawn for the audit.',
    label_state              String COMMENT 'Of the category: confirmed, corrected, or unmatched while there is no answer.',
    subcategory_state        String COMMENT 'Of the subcategory: confirmed, corrected, unreviewed (the person gave none), unmatched.',
    record_partition         Int32 COMMENT 'Partition of the correction''s record.',
    record_offset            Int64 COMMENT 'Offset of the correction''s record.'
)
COMMENT 'One row per correction, with the answer that it judged: the one it names; else the latest of its time; else the first.'
AS
{{ corrections() }}
