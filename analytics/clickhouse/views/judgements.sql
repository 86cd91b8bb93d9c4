{% from "parts/judgements_since.sql" import judgements_since %}
{% from "parts/labels.sql" import labels_of_today %}
{% macro judgements(level="{level:String}", renamed="{renamed:Map(String, String)}") %}
WITH
    {{ labels_of_today(renamed) }}
SELECT
    source_topic, source_partition, source_offset, revision, event_id, categorized_at,
    method, model, policy, language, channel, decision, audit_probability, origin, corrected_at,
    today(answered_path) AS answered,
    today(given_path) AS given,
    category = given_category OR category_of(answered) = category_of(given) AS right_category,
    right_category AND subcategory IS NOT NULL AND (subcategory = given_subcategory OR answered = given) AS right_both,
    multiIf(
        {{ level }} = 'category', if(right_category, 'confirmed', 'corrected'),
        given_subcategory IS NULL, 'unreviewed',
        if(right_both, 'confirmed', 'corrected')) AS state,
    NOT right_category OR state = 'corrected' AS wrong,
    if({{ level }} = 'category', category_of(answered), answered) AS label,
    multiIf(
        state = 'confirmed', label,
        {{ level }} = 'category', category_of(given),
        given_subcategory IS NULL, NULL,
        given) AS truth,
    category_of(answered) AS label_category,
    category_of(assumeNotNull(truth)) AS truth_category,
    category_of(today(toString(category))) AS counted_category,
    if({{ level }} = 'category', confidence, confidence * ifNull(subcategory_confidence, 1)) AS probability,
    step, stands, audits
FROM
(
{{ judgements_since() }}
) AS judgements_since
{%- endmacro %}
CREATE OR REPLACE VIEW judgements
(
    source_topic      LowCardinality(String) COMMENT 'Topic of the input record; `library` for rows of the library.',
    source_partition  Int32 COMMENT 'Partition of the input record.',
    source_offset     Int64 COMMENT 'Offset of the input record.',
    revision          Int32 COMMENT 'Revision of the judged answer.',
    event_id          String COMMENT 'event_id of the judged answer.',
    categorized_at    DateTime64(3, 'UTC') COMMENT 'When the judged answer was given.',
    method            LowCardinality(String) COMMENT 'MODEL, CACHE, OVERRIDE or RULES.',
    model             LowCardinality(Nullable(String)) COMMENT 'Name and version of the model; NULL when no model answered.',
    policy            LowCardinality(String) COMMENT 'Version of the threshold policy.',
    language          LowCardinality(Nullable(String)) COMMENT 'Language of the ticket; NULL when it is not known.',
    channel           LowCardinality(Nullable(String)) COMMENT 'Channel of the ticket; NULL when it is not known.',
    decision          LowCardinality(String) COMMENT 'AUTO, SUGGEST or REVIEW.',
    audit_probability Float64 COMMENT 'Probability with which the answer was drawn for the audit; 0 when it was not drawn.',
    origin            LowCardinality(String) COMMENT 'AGENT (at work on the ticket), AUDIT (asked about a random sample) or IMPORT (from another system).',
    corrected_at      DateTime64(3, 'UTC') COMMENT 'When the person corrected.',
    answered          String COMMENT 'What was answered, in labels of today: category or category/subcategory.',
    given             String COMMENT 'What the person gave, in labels of today.',
    right_category    UInt8 COMMENT '1 when the category was right.',
    right_both        Nullable(UInt8) COMMENT '1 when category and subcategory were right.',
    state             String COMMENT 'confirmed, corrected, or unreviewed at this level.',
    wrong             UInt8 COMMENT '1 when the answer was corrected at this level or at the category''s.',
    label             String COMMENT 'What was answered at this level.',
    truth             Nullable(String) COMMENT 'What a person says it is at this level; NULL when the person did not say.',
    label_category    String COMMENT 'Category of the label.',
    truth_category    String COMMENT 'Category of the truth.',
    counted_category  String COMMENT 'Category that was answered, in labels of today; a renamed subcategory does not move it.',
    probability       Float64 COMMENT 'Confidence of the label at this level.',
    step              UInt32 COMMENT 'Step of the category''s confidence, from 1 on.',
    stands            Bool COMMENT 'True for the last correction of an input record; only these count for what was verified.',
    audits            Bool COMMENT 'True for the last audit of an answer; only these count for the audit.'
)
COMMENT 'One row per correction of an answer given since a moment or within the week before it, with that answer. Ask judgements(since = ..., level = ''category'' or ''subcategory'', renamed = map(''earlier label'', ''label of today'')).'
AS
{{ judgements() }}
