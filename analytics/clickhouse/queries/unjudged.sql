{% from "parts/superseded.sql" import superseded_since %}
{% from "parts/counts.sql" import named_answers_since %}
-- How many input records were answered since a moment and judged by nobody. The total of `answers`.
SELECT sum(bitmapAndnotCardinality(counted.offsets, superseded.offsets)) AS n
FROM
(
{{ superseded_since() }}
) AS superseded
RIGHT JOIN
(
    SELECT source_topic, source_partition, revision, groupBitmapMergeState(offsets) AS offsets
    FROM
    (
{{ named_answers_since() }}
    ) AS named_answers_since
    WHERE {category:String} = '' OR named_category = {category:String}
    GROUP BY source_topic, source_partition, revision
) AS counted USING (source_topic, source_partition, revision)
SETTINGS join_use_nulls = 0
