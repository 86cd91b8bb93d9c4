-- One ticket in twenty is corrected or confirmed, up to three days after its answer.
INSERT INTO _corrections
SELECT
    concat('correction-', toString(n)) AS event_id,
    concat('TKT-', toString(n)) AS ticket_id,
    if(cityHash64(n, 'right') % 5 = 0, 'other',
        ['billing', 'account', 'cards', 'transfers', 'technical', 'other'][1 + cityHash64(n, 'category') % 6]) AS category,
    NULL AS subcategory,
    NULL AS judged_event_id,
    if(cityHash64(n, 'audit') % 50 = 0, 'AUDIT', 'AGENT') AS origin,
    'agent' AS corrected_by,
    NULL AS reason,
    fromUnixTimestamp64Milli(intDiv({begins_us} + n * {step_us}, 1000) + 1 + cityHash64(n, 'late') % 259200000, 'UTC')
        AS corrected_at,
    'ticket-corrected' AS record_topic,
    0 AS record_partition,
    n AS record_offset
FROM
(
    SELECT number AS n FROM numbers({first}, {count}) WHERE n % 20 = 11 AND {which}
)
