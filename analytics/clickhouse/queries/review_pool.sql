-- Of the newest answers those that are most worth a judgement, for each reason why. For the spans of records see
-- `analytics.reports.review_question`.
--
--   disagreement  the keywords overruled the model, or it named nothing that the taxonomy has. First the answer to which
--                 the model had the most confident other label
--   new_kind      few of the newest answers have this category, language and channel. First the rarest
--   unsure        not AUTO. First the least margin above the best other label
--   spot_check    AUTO, at random
--
-- Rows are narrow before they are sorted: hashes stand for texts.
SELECT kind, event_id, ticket_id, source_topic, source_partition, source_offset
FROM
(
    SELECT *
    FROM
    (
        SELECT
            event_id, ticket_id, source_topic, source_partition, source_offset, text, draw, is_open,
            count() OVER () AS answers,
            count() OVER (PARTITION BY sort) AS alike,
            multiIf(
                is_disagreement, 'disagreement',
                alike <= greatest(2, intDiv(answers, 500)), 'new_kind',
                decision != 'AUTO', 'unsure',
                'spot_check') AS kind,
            multiIf(
                kind = 'disagreement', 1 - other,
                kind = 'new_kind', toFloat64(alike),
                kind = 'unsure', confidence - other,
                0) AS rank
        FROM
        (
            SELECT
                event_id, ticket_id, source_topic, source_partition, source_offset, source_timestamp_ms,
                confidence, decision,
                cityHash64(event_id) AS draw,
                cityHash64(fingerprint) AS text,
                cityHash64(category, ifNull(language, ''), ifNull(channel, '')) AS sort,
                if(empty(alternatives), 0, alternatives[1].confidence) AS other,
                has(explanation, 'model.no_known_label')
                    OR method = 'RULES' AND model IS NOT NULL AND notEmpty(alternatives)
                    AND arrayExists(code -> startsWith(code, 'rule.keyword:'), explanation) AS is_disagreement,
                -- What was drawn for the audit is judged there. What will be answered again is judged then.
                NOT provisional AND audit_probability = 0 AS is_open
            FROM _categorizations
            WHERE ($spans) AND categorized_at >= {since:DateTime64(3, 'UTC')}
            ORDER BY revision DESC, categorized_at DESC
            LIMIT 1 BY source_topic, source_partition, source_offset
        )
        -- Of a ticket that was sent again, the newest record counts.
        ORDER BY source_timestamp_ms DESC, source_offset DESC
        LIMIT 1 BY ticket_id
    )
    WHERE is_open AND ticket_id NOT IN
    (
        SELECT ticket_id
        FROM _judgements
        WHERE month >= toYYYYMM({since:DateTime64(3, 'UTC')}) AND ($spans)
    )
    ORDER BY kind, rank, draw
    LIMIT 1 BY kind, text
)
ORDER BY kind, rank, draw
LIMIT {most:UInt32} BY kind
