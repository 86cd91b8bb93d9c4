-- What people said, each with the answer that it judged, found when either of them is stored and not whenever it is
-- asked for: one row per correction, beside each other (queries/store_judgements.sql).
--
-- A correction is found again whenever its ticket gets another answer or correction, and the row that knew most stays.
-- Rows lie by months of answers, so that a report reads its own. A row that moves to an answer of another month has to
-- take its place in the old month too: there is one in each month in which the ticket was answered, and the one in the
-- month of the judged answer counts.
CREATE TABLE IF NOT EXISTS judgement_store
(
    month                  UInt32,
    ticket_id              String CODEC(ZSTD(1)),
    correction_id          String CODEC(ZSTD(1)),
    known                  UInt64,
    stands                 Bool,
    audits                 Bool,
    -- The correction.
    origin                 LowCardinality(String),
    corrected_at           DateTime64(3, 'UTC'),
    given_category         LowCardinality(String),
    given_subcategory      LowCardinality(Nullable(String)),
    -- The answer.
    event_id               String CODEC(ZSTD(1)),
    revision               Int32,
    source_topic           LowCardinality(String),
    source_partition       Int32,
    source_offset          Int64,
    categorized_at         DateTime64(3, 'UTC'),
    category               LowCardinality(String),
    subcategory            LowCardinality(Nullable(String)),
    confidence             Float64,
    subcategory_confidence Nullable(Float64),
    step                   UInt32,
    method                 LowCardinality(String),
    model                  LowCardinality(Nullable(String)),
    policy                 LowCardinality(String),
    language               LowCardinality(Nullable(String)),
    channel                LowCardinality(Nullable(String)),
    decision               LowCardinality(String),
    audit_probability      Float64,
    -- Both as category or category/subcategory: a label is looked up once for all rows that have it.
    answered_path          LowCardinality(String)
        MATERIALIZED if(subcategory IS NULL, toString(category), concat(category, '/', assumeNotNull(subcategory))),
    given_path             LowCardinality(String)
        MATERIALIZED if(given_subcategory IS NULL, toString(given_category),
            concat(given_category, '/', assumeNotNull(given_subcategory)))
)
ENGINE = ReplacingMergeTree(known)
PARTITION BY month
ORDER BY (month, ticket_id, correction_id)
SETTINGS non_replicated_deduplication_window = 1000;

-- The judgements of some tickets as they are now, by the rule of `corrections`: the rows of the table above.
--
--   known    what a ticket's rows were made from: its corrections' places and its answers' times, added up. Whoever
--            knows more has the larger sum, since nothing is ever taken away
--   stands   the last correction of this input record; only these count for what was verified
--   audits   the last audit of this answer; only these count for the audit
--   step     the place, from 1 on, of the highest of the confidences in the list that the answer reaches
CREATE OR REPLACE VIEW judgements_of AS
SELECT
    month, ticket_id, correction_id, answers_known + corrections_known AS known,
    row_number() OVER (
        PARTITION BY source_topic, source_partition, source_offset, month
        ORDER BY corrected_at DESC, record_partition DESC, record_offset DESC) = 1 AS stands,
    origin = 'AUDIT' AND audit_probability > 0 AND row_number() OVER (
        PARTITION BY source_topic, source_partition, source_offset, month, revision, origin = 'AUDIT'
        ORDER BY corrected_at DESC, record_partition DESC, record_offset DESC) = 1 AS audits,
    origin, corrected_at, given_category, given_subcategory, event_id, revision,
    source_topic, source_partition, source_offset, categorized_at, category, subcategory, confidence,
    subcategory_confidence,
    toUInt32(arrayLastIndex(
        edge -> confidence >= edge,
        [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95,
         0.96, 0.97, 0.98, 0.99, 0.995])) AS step,
    method, model, policy, language, channel, decision, audit_probability
FROM
(
    SELECT
        a.months AS months, a.answers_known AS answers_known, c.corrections_known AS corrections_known,
        c.ticket_id AS ticket_id, c.event_id AS correction_id, c.origin AS origin, c.corrected_at AS corrected_at,
        c.category AS given_category, c.subcategory AS given_subcategory,
        c.record_partition AS record_partition, c.record_offset AS record_offset,
        a.event_id AS event_id, a.revision AS revision, a.source_topic AS source_topic,
        a.source_partition AS source_partition, a.source_offset AS source_offset,
        a.categorized_at AS categorized_at, a.category AS category, a.subcategory AS subcategory,
        a.confidence AS confidence, a.subcategory_confidence AS subcategory_confidence,
        a.method AS method, a.model AS model, a.policy AS policy, a.language AS language, a.channel AS channel,
        a.decision AS decision, a.audit_probability AS audit_probability
    FROM
    (
        SELECT *, sum(toUInt64(record_offset + 1)) OVER (PARTITION BY ticket_id) AS corrections_known
        FROM
        (
            -- What FINAL would keep, without reading the rest.
            SELECT *
            FROM correction_store
            WHERE {everything:Bool} OR ticket_id IN {tickets:Array(String)}
            ORDER BY record_offset DESC
            LIMIT 1 BY ticket_id, event_id
        )
    ) AS c
    INNER JOIN
    (
        SELECT *, sum(toUInt64(toUnixTimestamp64Milli(categorized_at))) OVER (PARTITION BY ticket_id) AS answers_known
        FROM
        (
            SELECT
                ticket_id, event_id, revision, source_topic, source_partition, source_offset, source_timestamp_ms,
                categorized_at, category, subcategory, confidence, subcategory_confidence, method, model, policy,
                language, channel, decision, audit_probability,
                -- Also of rows that were replaced: a judgement may have been of one of them.
                groupUniqArray(toYYYYMM(categorized_at)) OVER (PARTITION BY ticket_id) AS months
            FROM ticket_store
            WHERE ticket_id IN
            (
                SELECT ticket_id
                FROM correction_store
                WHERE {everything:Bool} OR ticket_id IN {tickets:Array(String)}
            )
            ORDER BY categorized_at DESC
            LIMIT 1 BY source_topic, source_partition, source_offset, revision
        )
    ) AS a ON a.ticket_id = c.ticket_id
    ORDER BY
        multiIf(a.event_id = c.judged_event_id, 2, a.categorized_at <= c.corrected_at, 1, 0) AS rank DESC,
        -- The latest of those that existed; the first of those that did not.
        if(rank = 1, a.source_timestamp_ms, -a.source_timestamp_ms) DESC,
        if(rank = 1, a.source_offset, -a.source_offset) DESC,
        if(rank = 1, a.revision, -a.revision) DESC
    LIMIT 1 BY c.ticket_id, c.event_id
)
ARRAY JOIN months AS month;

-- What was stored before.
INSERT INTO judgement_store
SETTINGS max_partitions_per_insert_block = 0
SELECT * FROM judgements_of(everything = true, tickets = []);

-- What is stored of the answers given since a moment or within the week before it.
CREATE OR REPLACE VIEW judgements_since AS
SELECT *, answered_path, given_path
FROM judgement_store FINAL
WHERE month >= toYYYYMM({since:DateTime64(3, 'UTC')} - toIntervalDay(7))
    AND month = toYYYYMM(categorized_at)
    AND categorized_at >= {since:DateTime64(3, 'UTC')} - toIntervalDay(7)
-- No two rows of different months are one.
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- One row per correction of an answer that was given since a moment or within the week before it, with that answer.
--
-- `renamed` maps labels (category, or category/subcategory) to those in use, so that a label and its later name are
-- one; `level` is what has to be right: the category, or the subcategory with it.
--   label, truth   what was answered and what a person says it is; truth is NULL when nobody said
--   state          unreviewed, confirmed, corrected; wrong: corrected at this level or at the category's
--   stands, audits as above
CREATE OR REPLACE VIEW judgements AS
WITH
    {renamed:Map(String, String)} AS names,
    path -> substringIndex(path, '/', 1) AS category_of,
    path -> multiIf(
        mapContains(names, path), names[path],
        mapContains(names, category_of(path)), names[category_of(path)],
        path) AS today
SELECT
    source_topic, source_partition, source_offset, revision, event_id, categorized_at,
    method, model, policy, language, channel, decision, audit_probability, origin, corrected_at,
    today(answered_path) AS answered,
    today(given_path) AS given,
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
    category_of(today(toString(category))) AS counted_category,
    if({level:String} = 'category', confidence, confidence * ifNull(subcategory_confidence, 1)) AS probability,
    step, stands, audits
FROM judgements_since(since = {since:DateTime64(3, 'UTC')});

-- Judgements were found from it. A sink of an older version stops here, before it stores what it would not judge.
DROP TABLE IF EXISTS judged_answer_store;
