{#- Answers given since a moment, counted as sets of source offsets. Whole days were counted when they were stored; the rest
of the first day is counted now. -#}
{%- from "parts/confidence_step.sql" import confidence_step -%}
{%- from "parts/labels.sql" import RENAMED, labels_of_today -%}

{%- macro answer_counts_since() -%}
SELECT
    day, source_topic, source_partition, revision, category, subcategory, method, model, policy, language, channel,
    offsets
FROM _answer_counts
WHERE day > toDate({since:DateTime64(3, 'UTC')}, 'UTC')
UNION ALL
SELECT
    toDate(categorized_at, 'UTC') AS day, source_topic, source_partition, revision,
    category, subcategory, method, model, policy, language, channel,
    groupBitmapState(toUInt64(source_offset)) AS offsets
FROM _categorizations
WHERE categorized_at >= {since:DateTime64(3, 'UTC')}
    AND categorized_at < toStartOfDay({since:DateTime64(3, 'UTC')}, 'UTC') + toIntervalDay(1)
GROUP BY ALL
{%- endmacro -%}

{#- The same with the labels of today (`named`). -#}
{%- macro named_answers_since() -%}
WITH
    {{ labels_of_today(RENAMED) }}
SELECT
    day, source_topic, source_partition, revision,
    today(if(subcategory IS NULL, toString(category), concat(category, '/', assumeNotNull(subcategory)))) AS named,
    category_of(named) AS named_category,
    method, model, policy, language, channel, offsets
FROM
(
{{ answer_counts_since() }}
) AS answer_counts_since
{%- endmacro -%}

{%- macro confidence_counts_since() -%}
SELECT day, source_topic, source_partition, revision, category, method, decision, step, offsets
FROM _confidence_counts
WHERE day > toDate({since:DateTime64(3, 'UTC')}, 'UTC')
UNION ALL
SELECT
    toDate(categorized_at, 'UTC') AS day, source_topic, source_partition, revision, category, method, decision,
    {{ confidence_step() }} AS step,
    groupBitmapState(toUInt64(source_offset)) AS offsets
FROM _categorizations
WHERE categorized_at >= {since:DateTime64(3, 'UTC')}
    AND categorized_at < toStartOfDay({since:DateTime64(3, 'UTC')}, 'UTC') + toIntervalDay(1)
GROUP BY ALL
{%- endmacro -%}
