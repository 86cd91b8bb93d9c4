-- Where the time of the tickets went that were received within a window of whole minutes. Their stages follow one
-- another, so all of them are on the critical path.
SELECT
    sumIf(duration_us, operation = 'decode') / 1000 AS decode,
    sumIf(duration_us, operation = 'lookup') / 1000 AS lookup,
    sumIf(queue_us, operation = 'end_to_end') / 1000 AS queue,
    sumIf(model_us, operation = 'end_to_end') / 1000 AS model,
    sumIf(duration_us, operation = 'rules') / 1000 AS rules,
    sumIf(duration_us, operation = 'window_wait') / 1000 AS window_wait,
    sumIf(duration_us, operation = 'end_to_end') / 1000 AS end_to_end,
    sumIf(calls, operation = 'end_to_end') AS tickets
FROM operation_states(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, longest_s = 86400)
