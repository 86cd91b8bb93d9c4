{% from "parts/superseded.sql" import superseded_since %}
{% from "parts/counts.sql" import named_answers_since %}
-- How many input records were answered since a moment and judged by nobody, by each of several traits. Of a record that
-- was answered several times the last answer counts.
-- (The sets to be taken out are on the left of the join, because rows share a set of the left side and copy one of the
-- right side.)
SELECT trait, value, sum(bitmapAndnotCardinality(counted.offsets, superseded.offsets)) AS n
FROM
(
{{ superseded_since() }}
) AS superseded
RIGHT JOIN
(
    SELECT
        source_topic, source_partition, revision, named, method, model, policy, language, channel, day,
        grouping(day) = 0 AS is_day, groupBitmapMergeState(offsets) AS offsets
    FROM
    (
{{ named_answers_since() }}
    ) AS named_answers_since
    WHERE {category:String} = '' OR named_category = {category:String}
    GROUP BY GROUPING SETS (
        (source_topic, source_partition, revision, named, method, model, policy, language, channel),
        (source_topic, source_partition, revision, day))
) AS counted USING (source_topic, source_partition, revision)
ARRAY JOIN
    if(is_day, ['day'], ['all', 'label', 'method', 'model', 'policy', 'language', 'channel']) AS trait,
    if(is_day, [toNullable(toString(day))],
        [toNullable(''), if({level:String} = 'category', substringIndex(named, '/', 1), named), toString(method),
         CAST(model, 'Nullable(String)'), toString(policy), CAST(language, 'Nullable(String)'),
         CAST(channel, 'Nullable(String)')]) AS value
GROUP BY trait, value
HAVING n > 0
SETTINGS join_use_nulls = 0
