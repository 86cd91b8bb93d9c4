-- Texts that people judged because an answer was drawn for the audit, and those of them that no model is trained on.
-- Which these are says learning/texts.py, for texts whose first judgement was an audit.
--
--   texts_from   answers given earlier have no text any more, and cannot be answered again
--   last_gate    when two models were compared last
SELECT
    count() AS judged,
    countIf(gate) AS for_gate,
    countIf(gate AND first_at > {last_gate:DateTime64(3, 'UTC')}) AS since_last,
    (
        SELECT minOrNull(categorized_at)
        FROM _categorizations
        WHERE categorized_at >= {since:DateTime64(3, 'UTC')}
            -- The first day alone is read.
            AND categorized_at <
            (
                SELECT minOrDefault(day) + 2
                FROM _answer_counts
                WHERE day >= toDate({since:DateTime64(3, 'UTC')}, 'UTC')
            )
    ) AS first
FROM
(
    SELECT
        argMin(is_audit, (corrected_at, correction_id)) AS first_is_audit,
        min(corrected_at) AS first_at,
        left(lower(hex(SHA256(fingerprint))), 32) AS text_id,
        reinterpretAsUInt32(reverse(left(SHA256(concat('gate ', text_id)), 4))) < pow(2, 31) AS gate
    FROM
    (
        SELECT
            ticket_id, event_id, correction_id, corrected_at, origin = 'AUDIT' AND audit_probability > 0 AS is_audit
        FROM _judgements FINAL
        WHERE month >= toYYYYMM({texts_from:DateTime64(3, 'UTC')})
            AND month = toYYYYMM(categorized_at)
            AND categorized_at >= {texts_from:DateTime64(3, 'UTC')}
    ) AS judgement
    INNER JOIN
    (
        SELECT ticket_id, event_id, any(fingerprint) AS fingerprint
        FROM _categorizations_by_ticket
        WHERE ticket_id IN
            (
                SELECT ticket_id
                FROM _judgements
                WHERE month >= toYYYYMM({texts_from:DateTime64(3, 'UTC')})
            )
        GROUP BY ticket_id, event_id
    ) AS answer USING (ticket_id, event_id)
    GROUP BY fingerprint
    HAVING first_is_audit
)
