{% from "parts/labels.sql" import RENAMED, labels_of_today %}
-- What the calls of the model cost that told it, by model and category of the tickets that they answered. The tickets of a
-- call share it alike. Calls that answered no ticket have `asked` 0: failed ones, and those of provisional answers.
--
-- Calls are joined by a hash of their id, which is quicker. Should two ever have one hash, all their tickets share both, and
-- the sums are the same. Rows that are written twice are counted by their source, once.
WITH
    {{ labels_of_today(RENAMED) }}
SELECT
    CAST(labels.model, 'Nullable(String)') AS model,
    category_of(today(if(
        labels.subcategory IS NULL, toString(labels.category), concat(labels.category, '/', assumeNotNull(labels.subcategory)))))
        AS category,
    sum(labels.asked) AS asked,
    sum(labels.calls) AS calls,
    sum(labels.retries) AS retries,
    sum(labels.input_tokens) AS input_tokens,
    sum(labels.cached_tokens) AS cached_tokens,
    sum(labels.output_tokens) AS output_tokens,
    sum(labels.cost) AS cost
FROM
(
    WITH if(shares.of_call = 0, 1, shares.tickets / shares.of_call) AS part
    SELECT
        shares.model AS model, shares.category AS category, shares.subcategory AS subcategory,
        sum(shares.tickets) AS asked,
        sum(part) AS calls,
        sum(part * greatest(calls.attempts - 1, 0)) AS retries,
        sum(part * calls.input_tokens) AS input_tokens,
        sum(part * calls.cached_tokens) AS cached_tokens,
        sum(part * calls.output_tokens) AS output_tokens,
        sum(part * calls.cost) AS cost
    FROM
    (
        SELECT
            -- Answers name a call without hyphens. No answer is of a call that failed.
            if(outcome = 'answered', cityHash64(replaceAll(event_id, '-', '')), 0) AS call,
            attempts,
            assumeNotNull(_telemetry.input_tokens) AS input_tokens,
            ifNull(_telemetry.cached_tokens, 0) AS cached_tokens,
            ifNull(_telemetry.output_tokens, 0) AS output_tokens,
            ifNull(_telemetry.cost, 0) AS cost
        FROM _telemetry FINAL
        WHERE kind = 'TIMING' AND operation = 'model_call' AND started_at >= {since:DateTime64(3, 'UTC')}
            AND isNotNull(_telemetry.input_tokens)
    ) AS calls
    LEFT JOIN
    (
        SELECT call, label.1 AS model, label.2 AS category, label.3 AS subcategory, label.4 AS tickets, of_call
        FROM
        (
            SELECT call, groupArray((model, category, subcategory, tickets)) AS of_labels, sum(tickets) AS of_call
            FROM
            (
                SELECT
                    cityHash64(assumeNotNull(model_call_id)) AS call, model, category, subcategory,
                    groupBitmap(cityHash64(source_topic, source_partition, source_offset)) AS tickets
                FROM _categorizations
                WHERE categorized_at >= {since:DateTime64(3, 'UTC')} AND isNotNull(model_call_id) AND NOT provisional
                GROUP BY call, model, category, subcategory
            )
            GROUP BY call
        )
        ARRAY JOIN of_labels AS label
    ) AS shares ON shares.call = calls.call
    GROUP BY model, category, subcategory
) AS labels
GROUP BY model, category
ORDER BY model, category
SETTINGS join_use_nulls = 0
