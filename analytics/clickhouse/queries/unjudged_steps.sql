{% from "parts/superseded.sql" import superseded_since %}
{% from "parts/counts.sql" import confidence_counts_since %}
-- Answers that nobody judged, by category, decision and the step of their confidence. Of a record that was
-- answered several times the last answer counts. A renamed category counts under its later name; a renamed subcategory
-- moves no answers. Overrides are left out: their confidence is none.
-- (The sets to be taken out are on the left of the join, because rows share a set of the left side and copy one of the
-- right side.)
WITH
    mapFromArrays({renamed_from:Array(String)}, {renamed_to:Array(String)}) AS names,
    category -> splitByChar('/', if(mapContains(names, category), names[category], category))[1] AS today
SELECT
    today(toString(category)) AS category, method = 'RULES' AS by_rules, toString(decision) AS decision, step,
    sum(bitmapAndnotCardinality(counted.offsets, superseded.offsets)) AS n
FROM
(
{{ superseded_since() }}
) AS superseded
RIGHT JOIN
(
    SELECT
        source_topic, source_partition, revision, category, method, decision, toUInt32(step) AS step,
        groupBitmapMergeState(confidence_counts_since.offsets) AS offsets
    FROM
    (
{{ confidence_counts_since() }}
    ) AS confidence_counts_since
    WHERE method != 'OVERRIDE'
    GROUP BY ALL
) AS counted USING (source_topic, source_partition, revision)
GROUP BY ALL
HAVING n > 0 AND ({category:String} = '' OR category = {category:String})
SETTINGS join_use_nulls = 0
