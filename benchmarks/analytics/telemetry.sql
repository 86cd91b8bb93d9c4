-- What belongs to no ticket: for every ten tickets four calls of the model, and a breaker that changes now and then.
INSERT INTO _telemetry
SELECT
    if(breaker, 'BREAKER', 'TIMING') AS kind,
    -- Every second call answers the tickets that came at its time; the others answer none.
    if(operation = 'model_call' AND m % 2 = 1, toString(cityHash64(intDiv(m, 2), 'call')),
        toString(cityHash64(m, 'telemetry'))) AS event_id,
    multiIf(breaker, 'model', m % 20 = 0, 'insert', m % 5 = 0, 'transaction', 'model_call') AS operation,
    multiIf(
        breaker, ['open', 'half_open', 'closed'][1 + intDiv(m, 100000) % 3],
        operation != 'model_call', 'ok',
        cityHash64(m, 'fails') % 50 = 0, 'timeout',
        'answered') AS outcome,
    fromUnixTimestamp64Micro({begins_us} + intDiv(m * {step_us} * 10, 5), 'UTC') AS started_at,
    if(breaker, 0, toInt64(exp(10 + sqrt(-2 * ln((1 + cityHash64(m, 'a') % 1000000) / 1000001))
        * cos(2 * pi() * (cityHash64(m, 'b') % 1000000) / 1000000)))) AS duration_us,
    multiIf(breaker, 5, outcome = 'timeout', 3, cityHash64(m, 'tries') % 50 = 0, 2, 1) AS attempts,
    NULL AS ticket_id,
    'host-0' AS instance,
    map('tickets', '4') AS detail,
    '0.1.0' AS service_version,
    if(operation = 'model_call', 1400, NULL) AS input_tokens,
    if(operation = 'model_call', 1200, NULL) AS cached_tokens,
    if(operation = 'model_call', 4, NULL) AS output_tokens,
    if(operation = 'model_call', 0.00024, NULL) AS cost,
    'ticket-telemetry' AS record_topic,
    0 AS record_partition,
    m AS record_offset
FROM
(
    SELECT number AS m, m % 100000 = 99999 AS breaker
    FROM numbers(intDiv({first}, 2), intDiv({count}, 2))
    WHERE {which}
)
