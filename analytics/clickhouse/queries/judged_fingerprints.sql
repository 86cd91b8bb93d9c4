-- How the answers to some texts were judged.
SELECT
    fingerprint, ticket_id, correction_id, corrected_by, toUnixTimestamp64Milli(corrected_at) AS corrected_at_ms,
    given_category AS category, given_subcategory AS subcategory, answered_category, answered_subcategory, method
FROM
(
    SELECT
        fingerprint, ticket_id, correction_id, corrected_by, corrected_at, given_category, given_subcategory,
        category AS answered_category, subcategory AS answered_subcategory, method
    FROM _judgements FINAL
    WHERE ticket_id IN (SELECT ticket_id FROM _judgements WHERE fingerprint IN {fingerprints:Array(String)})
        AND month = toYYYYMM(categorized_at) AND source_topic != 'library'
)
WHERE fingerprint IN {fingerprints:Array(String)}
-- A judgement may have moved to another answer: its earlier row must not be taken for the one that counts.
SETTINGS use_skip_indexes_if_final = 0, do_not_merge_across_partitions_select_final = 1
