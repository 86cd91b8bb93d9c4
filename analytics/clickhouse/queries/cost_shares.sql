{% from "parts/labels.sql" import RENAMED, labels_of_today %}
-- What the calls of the model cost that told it, by model and category of the tickets that they answered. The tickets of a
-- call share it alike. Calls that answered no ticket have `asked` 0: failed ones, and those of provisional answers.
WITH
    {{ labels_of_today(RENAMED) }},
    calls AS
    (
        -- Answers name a call without hyphens.
        SELECT
            replaceAll(event_id, '-', '') AS call_id, outcome = 'answered' AS has_answered, attempts, input_tokens,
            cached_tokens, output_tokens, cost
        FROM _telemetry FINAL
        WHERE kind = 'TIMING' AND operation = 'model_call' AND started_at >= {since:DateTime64(3, 'UTC')}
            AND isNotNull(input_tokens)
    )
SELECT
    CAST(shares.model, 'Nullable(String)') AS model,
    shares.category AS category,
    sum(shares.tickets) AS asked,
    sum(part) AS calls,
    sum(part * greatest(attempts - 1, 0)) AS retries,
    sum(part * shares.input_tokens) AS input_tokens,
    sum(part * shares.cached_tokens) AS cached_tokens,
    sum(part * shares.output_tokens) AS output_tokens,
    sum(part * shares.cost) AS cost
FROM
(
    SELECT
        calls.*, shares.model, shares.category, shares.tickets,
        if(shares.tickets = 0, 1, shares.tickets / shares.of_call) AS part
    FROM calls
    LEFT JOIN
    (
        SELECT
            assumeNotNull(model_call_id) AS call_id,
            model,
            category_of(today(
                if(subcategory IS NULL, toString(category), concat(category, '/', assumeNotNull(subcategory)))))
                AS category,
            count() AS tickets,
            sum(tickets) OVER (PARTITION BY call_id) AS of_call
        FROM _categorizations FINAL
        WHERE categorized_at >= {since:DateTime64(3, 'UTC')} AND NOT provisional
            AND model_call_id IN (SELECT call_id FROM calls WHERE has_answered)
        GROUP BY call_id, model, category
    ) AS shares ON shares.call_id = calls.call_id
) AS shares
GROUP BY model, category
ORDER BY model, category
SETTINGS join_use_nulls = 0
