-- Answers by category, decision and the step of their confidence, and what people said to them at the level of the
-- category. A label that was renamed counts under its later name; a subcategory does not move its answers.
WITH
    mapFromArrays({renamed_from:Array(String)}, {renamed_to:Array(String)}) AS names,
    category -> splitByChar('/', if(mapContains(names, category), names[category], category))[1] AS today
SELECT
    category, by_rules, decision, step,
    sum(n) AS n, sum(reviewed) AS reviewed, sum(confirmed) AS confirmed,
    sum(audited) AS audited, sum(audit_confirmed) AS audit_confirmed
FROM
(
    SELECT
        today(toString(category)) AS category, method = 'RULES' AS by_rules, toString(decision) AS decision,
        toUInt32(step) AS step,
        sum(bitmapAndnotCardinality(bitmapAndnot(found, later.offsets), judged.offsets)) AS n,
        0 AS reviewed, 0 AS confirmed, 0 AS audited, 0 AS audit_confirmed
    FROM
    (
        SELECT source_topic, source_partition, revision, category, method, decision, step,
               groupBitmapMergeState(offsets) AS found
        FROM confidence_counts_since(since = {since:DateTime64(3, 'UTC')})
        GROUP BY ALL
    ) AS counted
    LEFT JOIN
    (
        SELECT source_topic, source_partition, lower AS revision, groupBitmapMergeState(offsets) AS offsets
        FROM confidence_counts_since(since = {since:DateTime64(3, 'UTC')})
        ARRAY JOIN range(toUInt32(revision)) AS lower
        WHERE confidence_counts_since.revision > 0
        GROUP BY source_topic, source_partition, lower
    ) AS later USING (source_topic, source_partition, revision)
    LEFT JOIN
    (
        SELECT source_topic, source_partition, groupBitmapState(toUInt64(source_offset)) AS offsets
        -- One judgement of each judged record stands, so all of them name the same records.
        FROM judgements_since(since = {since:DateTime64(3, 'UTC')})
        GROUP BY source_topic, source_partition
    ) AS judged USING (source_topic, source_partition)
    GROUP BY ALL
    UNION ALL
    SELECT
        counted_category, method = 'RULES', toString(decision), toUInt32(step),
        countIf(stands), countIf(stands), countIf(stands AND state = 'confirmed'),
        countIf(audits), countIf(audits AND state = 'confirmed')
    FROM judgements(
        since = {since:DateTime64(3, 'UTC')}, level = 'category',
        renamed = mapFromArrays({renamed_from:Array(String)}, {renamed_to:Array(String)}))
    WHERE (stands OR audits) AND categorized_at >= {since:DateTime64(3, 'UTC')}
    GROUP BY ALL
)
WHERE {category:String} = '' OR category = {category:String}
GROUP BY category, by_rules, decision, step
HAVING n > 0 OR audited > 0
ORDER BY ALL
SETTINGS join_use_nulls = 0
