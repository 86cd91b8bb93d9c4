{% from "parts/confidence_step.sql" import confidence_step %}
{% from "parts/judged_answer.sql" import keep_the_judged_answer %}
-- Matches the corrections of some tickets with the answers that they judged, and stores the result. Run for tickets of
-- which answers or corrections were just stored.
--
--   known    what a ticket's rows were made from: the offsets of its corrections and the times of its answers, added up.
--            A process that has read more has the larger sum, since nothing is ever taken away
--   stands   the last correction of this input record; only these count for what was verified
--   audits   the last audit of this answer; only these count for the audit
--   step     see parts/confidence_step.sql
INSERT INTO _judgements
SETTINGS max_partitions_per_insert_block = 0
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
    toUInt32({{ confidence_step() }}) AS step,
    method, model, policy, language, channel, decision, audit_probability, fingerprint, corrected_by
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
        a.decision AS decision, a.audit_probability AS audit_probability, a.fingerprint AS fingerprint,
        c.corrected_by AS corrected_by
    FROM
    (
        SELECT *, sum(toUInt64(record_offset + 1)) OVER (PARTITION BY ticket_id) AS corrections_known
        FROM
        (
            -- What FINAL would keep, without reading the rest.
            SELECT *
            FROM _corrections
            WHERE ticket_id IN {tickets:Array(String)}
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
                language, channel, decision, audit_probability, fingerprint,
                -- Also of rows that were replaced: a judgement may have been of one of them.
                groupUniqArray(toYYYYMM(categorized_at)) OVER (PARTITION BY ticket_id) AS months
            FROM _categorizations_by_ticket
            WHERE ticket_id IN
            (
                SELECT ticket_id
                FROM _corrections
                WHERE ticket_id IN {tickets:Array(String)}
            )
            ORDER BY categorized_at DESC
            LIMIT 1 BY source_topic, source_partition, source_offset, revision
        )
    ) AS a ON a.ticket_id = c.ticket_id
    {{ keep_the_judged_answer() }}
)
ARRAY JOIN months AS month
