{% from "parts/labels.sql" import RENAMED, labels_of_today %}
-- What the calls of the model cost that told it, by model and category of the tickets that they answered. The tickets of a
-- call share it alike. Calls that answered no ticket have `asked` 0: failed ones, and those of provisional answers.
--
-- Calls and labels are numbers until the end, which takes a third of the time that texts take: hashes of them. Should two
-- calls ever have one, all their tickets share both, and the sums are the same. Rows that are written twice are counted by
-- their source, once.
{% macro label() -%}
    cityHash64(isNull(model), ifNull(model, ''), category, isNull(subcategory), ifNull(subcategory, ''))
{%- endmacro %}
WITH
    {{ labels_of_today(RENAMED) }}
SELECT
    CAST(named.model, 'Nullable(String)') AS model,
    category_of(today(if(
        named.subcategory IS NULL, toString(named.category), concat(named.category, '/', assumeNotNull(named.subcategory)))))
        AS category,
    sum(shared.asked) AS asked,
    sum(shared.calls) AS calls,
    sum(shared.retries) AS retries,
    sum(shared.input_tokens) AS input_tokens,
    sum(shared.cached_tokens) AS cached_tokens,
    sum(shared.output_tokens) AS output_tokens,
    sum(shared.cost) AS cost
FROM
(
    WITH if(answered.of_call = 0, 1, share.2 / answered.of_call) AS part
    SELECT
        share.1 AS label,
        sum(share.2) AS asked,
        sum(part) AS calls,
        sum(part * greatest(told.attempts - 1, 0)) AS retries,
        sum(part * told.input_tokens) AS input_tokens,
        sum(part * told.cached_tokens) AS cached_tokens,
        sum(part * told.output_tokens) AS output_tokens,
        sum(part * told.cost) AS cost
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
    ) AS told
    LEFT JOIN
    (
        SELECT call, groupArray((label, tickets)) AS shares, sum(tickets) AS of_call
        FROM
        (
            SELECT
                cityHash64(assumeNotNull(model_call_id)) AS call,
                {{ label() }} AS label,
                groupBitmap(cityHash64(source_topic, source_partition, source_offset)) AS tickets
            FROM _categorizations
            WHERE categorized_at >= {since:DateTime64(3, 'UTC')} AND isNotNull(model_call_id) AND NOT provisional
            GROUP BY call, label
        )
        GROUP BY call
    ) AS answered ON answered.call = told.call
    LEFT ARRAY JOIN answered.shares AS share
    GROUP BY label
) AS shared
LEFT JOIN
(
    SELECT DISTINCT model, category, subcategory, {{ label() }} AS label
    FROM _answer_counts
    WHERE day >= toDate({since:DateTime64(3, 'UTC')}, 'UTC')
) AS named ON named.label = shared.label
GROUP BY model, category
ORDER BY model, category
SETTINGS join_use_nulls = 0
