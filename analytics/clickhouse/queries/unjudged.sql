-- How many input records were answered since a moment and judged by nobody: `answers` in one number.
SELECT sum(bitmapAndnotCardinality(counted.offsets, superseded.offsets)) AS n
FROM superseded_since(since = {since:DateTime64(3, 'UTC')}) AS superseded
RIGHT JOIN
(
    SELECT source_topic, source_partition, revision, groupBitmapMergeState(offsets) AS offsets
    FROM named_answers_since(
        since = {since:DateTime64(3, 'UTC')},
        renamed = mapFromArrays({renamed_from:Array(String)}, {renamed_to:Array(String)}))
    WHERE {category:String} = '' OR named_category = {category:String}
    GROUP BY source_topic, source_partition, revision
) AS counted USING (source_topic, source_partition, revision)
SETTINGS join_use_nulls = 0
