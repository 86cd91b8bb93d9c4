-- Answers to {count} tickets from number {first} on, in the order of time. Everything is computed from the ticket's number, so
-- that a row can be made twice. One in ten was first answered by the rules, because the model timed out, and again
-- 20 minutes later.
INSERT INTO _categorizations
SELECT
    toString(cityHash64(n, revision, 'event')) AS event_id,
    concat('event-', toString(n)) AS ticket_event_id,
    concat('TKT-', toString(n)) AS ticket_id,
    tries.2 AS revision,
    if(n % 3 = 0, 'es', 'en') AS language,
    ['web', 'e-mail', 'chat'][1 + n % 3] AS channel,
    ['billing', 'account', 'cards', 'transfers', 'technical', 'other'][1 + cityHash64(n, 'category') % 6] AS category,
    concat(category, '_', toString(cityHash64(n, 'subcategory') % 12)) AS subcategory,
    0.4 + 0.6 * (cityHash64(n, 'confidence') % 10000) / 10000 AS confidence,
    0.9 AS subcategory_confidence,
    if(confidence >= 0.6, 'AUTO', 'SUGGEST') AS decision,
    multiIf(provisional, 'RULES', cityHash64(n, 'cache') % 2 = 0, 'CACHE', 'MODEL') AS method,
    tries.1 AS provisional,
    [('other', 0.05, NULL, NULL), ('cards', 0.02, NULL, NULL)] AS alternatives,
    -- A new one every fifteen days, in turns.
    ['tickets-1', 'tickets-2'][1 + intDiv(n * {step_us}, 1296000000000) % 2] AS model,
    '2026-11' AS taxonomy,
    'default' AS policy,
    0.6 AS threshold_auto,
    0.3 AS threshold_suggest,
    concat('v2:', hex(cityHash64(n, 'text'))) AS fingerprint,
    ['model.answered'] AS explanation,
    'ticket-created' AS source_topic,
    n % 3 AS source_partition,
    intDiv(n, 3) AS source_offset,
    toUnixTimestamp64Milli(fromUnixTimestamp64Micro({begins_us} + n * {step_us}, 'UTC')) AS source_timestamp_ms,
    fromUnixTimestamp64Micro({begins_us} + n * {step_us} + revision * 1200000000, 'UTC') AS received_at,
    20 + cityHash64(n, 'decode') % 30 AS decode_us,
    5 + cityHash64(n, 'lookup') % 60 AS lookup_us,
    if(method = 'MODEL', cityHash64(n, 'queue') % 5000, 0) AS queue_us,
    if(method = 'MODEL', toInt64(exp(10 + sqrt(-2 * ln((1 + cityHash64(n, revision, 'u') % 1000000) / 1000001))
        * cos(2 * pi() * (cityHash64(n, revision, 'v') % 1000000) / 1000000))), 0) AS model_us,
    if(method = 'RULES', 300 + cityHash64(n, 'rules') % 900, 0) AS rules_us,
    1 + toInt64(-3000 * ln((1 + cityHash64(n, 'wait') % 1000000) / 1000001)) AS wait_us,
    decode_us + lookup_us + queue_us + model_us + rules_us + wait_us AS total_us,
    if(provisional, 'timeout', 'answered') AS model_outcome,
    if(method = 'CACHE', NULL, toString(cityHash64(intDiv(n, 4), 'call'))) AS model_call_id,
    multiIf(provisional, 3, method = 'CACHE', 0, cityHash64(n, 'tries') % 50 = 0, 2, 1) AS attempts,
    if(cityHash64(n, 'audit') % 50 = 0, 0.02, 0) AS audit_probability,
    '0.1.0' AS service_version,
    received_at - toIntervalMillisecond(100) AS created_at,
    received_at + toIntervalMicrosecond(total_us) AS categorized_at,
    0 AS text_removed_chars,
    'ticket-categorized' AS record_topic,
    n % 3 AS record_partition,
    2 * intDiv(n, 3) + revision AS record_offset
FROM
(
    SELECT number AS n FROM numbers({first}, {count}) WHERE {which}
)
ARRAY JOIN if(n % 10 = 3, [(true, 0), (false, 1)], [(false, 0)]) AS tries
