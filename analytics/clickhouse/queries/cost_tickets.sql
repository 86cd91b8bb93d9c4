{% from "parts/superseded.sql" import answered_again_since %}
{% from "parts/counts.sql" import named_answers_since %}
-- How many input records were answered since a moment, by each of several traits. Of a record that was answered several
-- times the last answer counts.
SELECT trait, value, sum(bitmapAndnotCardinality(counted.offsets, again.offsets)) AS tickets
FROM
(
    SELECT source_topic, source_partition, revision, groupBitmapMergeState(offsets) AS offsets
    FROM
    (
{{ answered_again_since() }}
    ) AS answered_again_since
    GROUP BY source_topic, source_partition, revision
) AS again
RIGHT JOIN
(
    SELECT
        source_topic, source_partition, revision, named_category, model, day,
        groupBitmapMergeState(offsets) AS offsets
    FROM
    (
{{ named_answers_since() }}
    ) AS named_answers_since
    GROUP BY source_topic, source_partition, revision, named_category, model, day
) AS counted USING (source_topic, source_partition, revision)
ARRAY JOIN
    ['day', 'model', 'category'] AS trait,
    [toNullable(toString(day)), CAST(model, 'Nullable(String)'), toNullable(named_category)] AS value
GROUP BY trait, value
HAVING tickets > 0
SETTINGS join_use_nulls = 0
