-- What the calls of the model cost that began since a moment; NULL when none told it.
SELECT
    if(countIf(isNotNull(t.input_tokens)) = 0, NULL, sum(ifNull(t.cost, 0))) AS cost,
    sum(ifNull(t.input_tokens, 0) + ifNull(t.output_tokens, 0)) AS tokens
FROM _telemetry AS t FINAL
WHERE kind = 'TIMING' AND operation = 'model_call' AND started_at >= {since:DateTime64(3, 'UTC')}
