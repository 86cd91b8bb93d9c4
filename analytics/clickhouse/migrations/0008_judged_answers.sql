-- The answers to tickets that people have judged, one in twenty or fewer, beside each other: who asks what was judged
-- need not look for them among all answers. Whoever stores answers or corrections copies them (queries/copy_judged.sql).
CREATE TABLE IF NOT EXISTS judged_answer_store
(
    ticket_id              String CODEC(ZSTD(1)),
    event_id               String CODEC(ZSTD(1)),
    revision               Int32,
    source_topic           LowCardinality(String),
    source_partition       Int32,
    source_offset          Int64,
    source_timestamp_ms    Int64,
    categorized_at         DateTime64(3, 'UTC'),
    category               LowCardinality(String),
    subcategory            LowCardinality(Nullable(String)),
    confidence             Float64,
    subcategory_confidence Nullable(Float64),
    method                 LowCardinality(String),
    model                  LowCardinality(Nullable(String)),
    policy                 LowCardinality(String),
    language               LowCardinality(Nullable(String)),
    channel                LowCardinality(Nullable(String)),
    decision               LowCardinality(String),
    audit_probability      Float64
)
ENGINE = ReplacingMergeTree(categorized_at)
PARTITION BY toYYYYMM(categorized_at)
ORDER BY (ticket_id, source_topic, source_partition, source_offset, revision);

-- What was stored before.
INSERT INTO judged_answer_store
SETTINGS max_partitions_per_insert_block = 0
SELECT
    ticket_id, event_id, revision, source_topic, source_partition, source_offset, source_timestamp_ms, categorized_at,
    category, subcategory, confidence, subcategory_confidence, method, model, policy, language, channel, decision,
    audit_probability
FROM categorization_store
WHERE cityHash64(ticket_id) IN (SELECT cityHash64(ticket_id) FROM correction_store);

-- One row per correction of an answer that was given since a moment or within the week before it, with the answer
-- that it judged, by the rule of `corrections`. A week bounds what is read: older answers of a ticket are not looked at,
-- and a correction dated earlier than that counts only when it was imported.
--
-- `renamed` maps labels (category, or category/subcategory) to those in use, so that a label and its later name are
-- one; `level` is what has to be right: the category, or the subcategory with it.
--   label, truth   what was answered and what a person says it is; truth is NULL when nobody said
--   state          unreviewed, confirmed, corrected; wrong: corrected at this level or at the category's
--   stands         the last correction of this input record; only these count for what was verified
--   audits         the last audit of this answer; only these count for the audit
CREATE OR REPLACE VIEW judgements AS
WITH
    {renamed:Map(String, String)} AS names,
    (category, subcategory) -> if(subcategory IS NULL, category, concat(category, '/', assumeNotNull(subcategory)))
        AS path,
    (category, subcategory) -> multiIf(
        mapContains(names, path(category, subcategory)), names[path(category, subcategory)],
        mapContains(names, category), names[category],
        path(category, subcategory)) AS today,
    label -> splitByChar('/', label)[1] AS category_of
SELECT
    source_topic, source_partition, source_offset, revision, event_id, categorized_at,
    method, model, policy, language, channel, decision, audit_probability, origin, corrected_at,
    today(toString(category), CAST(subcategory, 'Nullable(String)')) AS answered,
    today(toString(given_category), CAST(given_subcategory, 'Nullable(String)')) AS given,
    category = given_category OR category_of(answered) = category_of(given) AS right_category,
    right_category AND subcategory IS NOT NULL AND (subcategory = given_subcategory OR answered = given) AS right_both,
    multiIf(
        {level:String} = 'category', if(right_category, 'confirmed', 'corrected'),
        given_subcategory IS NULL, 'unreviewed',
        if(right_both, 'confirmed', 'corrected')) AS state,
    NOT right_category OR state = 'corrected' AS wrong,
    if({level:String} = 'category', category_of(answered), answered) AS label,
    multiIf(
        state = 'confirmed', label,
        {level:String} = 'category', category_of(given),
        given_subcategory IS NULL, NULL,
        given) AS truth,
    category_of(answered) AS label_category,
    category_of(assumeNotNull(truth)) AS truth_category,
    category_of(today(toString(category), NULL)) AS counted_category,
    if({level:String} = 'category', confidence, confidence * ifNull(subcategory_confidence, 1)) AS probability,
    arrayLastIndex(
        edge -> confidence >= edge,
        [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95,
         0.96, 0.97, 0.98, 0.99, 0.995]) AS step,
    stands, audits
FROM
(
    -- Before any label is spelt: what is sorted for these two should be numbers.
    SELECT
        *,
        row_number() OVER (
            PARTITION BY source_topic, source_partition, source_offset
            ORDER BY corrected_at DESC, record_partition DESC, record_offset DESC) = 1 AS stands,
        origin = 'AUDIT' AND audit_probability > 0 AND row_number() OVER (
            PARTITION BY source_topic, source_partition, source_offset, revision, origin = 'AUDIT'
            ORDER BY corrected_at DESC, record_partition DESC, record_offset DESC) = 1 AS audits
    FROM
    (
        SELECT
            c.category AS given_category, c.subcategory AS given_subcategory, c.origin AS origin,
            c.corrected_at AS corrected_at, c.record_partition AS record_partition, c.record_offset AS record_offset,
            a.source_topic AS source_topic, a.source_partition AS source_partition, a.source_offset AS source_offset,
            a.revision AS revision, a.event_id AS event_id, a.categorized_at AS categorized_at,
            a.category AS category, a.subcategory AS subcategory,
            a.confidence AS confidence, a.subcategory_confidence AS subcategory_confidence,
            a.method AS method, a.model AS model, a.policy AS policy, a.language AS language, a.channel AS channel,
            a.decision AS decision, a.audit_probability AS audit_probability
        FROM
        (
            SELECT *
            FROM correction_store
            WHERE corrected_at >= {since:DateTime64(3, 'UTC')} - toIntervalDay(7) OR origin = 'IMPORT'
        ) AS c
        INNER JOIN
        (
            SELECT
                source_topic, source_partition, source_offset, revision, event_id, ticket_id, categorized_at,
                source_timestamp_ms, category, subcategory, confidence, subcategory_confidence,
                method, model, policy, language, channel, decision, audit_probability
            FROM judged_answer_store
            WHERE categorized_at >= {since:DateTime64(3, 'UTC')} - toIntervalDay(7)
        ) AS a ON a.ticket_id = c.ticket_id
        ORDER BY
            -- What FINAL would keep of a correction that was published twice, without reading all there ever were.
            c.record_offset DESC,
            multiIf(a.event_id = c.judged_event_id, 2, a.categorized_at <= c.corrected_at, 1, 0) AS rank DESC,
            if(rank = 1, a.source_timestamp_ms, -a.source_timestamp_ms) DESC,
            if(rank = 1, a.source_offset, -a.source_offset) DESC,
            if(rank = 1, a.revision, -a.revision) DESC,
            -- Of two answers under one key the later one is the one that the store keeps.
            a.categorized_at DESC
        LIMIT 1 BY c.ticket_id, c.event_id
    )
);

-- It served to find them.
ALTER TABLE categorization_store DROP COLUMN IF EXISTS ticket_hash;
