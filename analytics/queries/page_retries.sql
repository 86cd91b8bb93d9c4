-- Calls to the model, and how many tries more than one they took.
SELECT
    count() AS calls,
    countIf(outcome NOT IN ('ok', 'answered')) AS failures,
    sum(greatest(attempts - 1, 0)) AS retries
FROM operations
WHERE started_at >= {since:DateTime64(6, 'UTC')} AND operation = 'model_call'
