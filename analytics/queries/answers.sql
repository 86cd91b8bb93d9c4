-- How many input records were answered since a moment and judged by nobody, by one trait after another. Of a record
-- answered several times the last answer counts.
-- (The sets to be taken out are on the left of the joins: rows of the left side share a set, those of the right copy it.)
WITH
    mapFromArrays({renamed_from:Array(String)}, {renamed_to:Array(String)}) AS names,
    (category, subcategory) -> if(subcategory IS NULL, category, concat(category, '/', assumeNotNull(subcategory)))
        AS path,
    (category, subcategory) -> multiIf(
        mapContains(names, path(category, subcategory)), names[path(category, subcategory)],
        mapContains(names, category), names[category],
        path(category, subcategory)) AS today,
    label -> splitByChar('/', label)[1] AS category_of,
    counted AS
    (
        SELECT
            source_topic, source_partition, revision,
            today(toString(category), CAST(subcategory, 'Nullable(String)')) AS named, method, model, policy, language,
            channel, day, grouping(day) = 0 AS is_day,
            groupBitmapMergeState(offsets) AS offsets
        FROM answer_counts_since(since = {since:DateTime64(3, 'UTC')})
        WHERE {category:String} = '' OR category_of(named) = {category:String}
        GROUP BY GROUPING SETS (
            (source_topic, source_partition, revision, named, method, model, policy, language, channel),
            (source_topic, source_partition, revision, day))
    ),
    judged AS
    (
        SELECT source_topic, source_partition, groupBitmapState(toUInt64(source_offset)) AS offsets
        -- One judgement of each judged record stands, so all of them name the same records.
        FROM judgements_since(since = {since:DateTime64(3, 'UTC')})
        GROUP BY source_topic, source_partition
    ),
    later AS
    (
        SELECT source_topic, source_partition, lower AS revision, groupBitmapMergeState(offsets) AS offsets
        FROM answer_counts_since(since = {since:DateTime64(3, 'UTC')})
        ARRAY JOIN range(toUInt32(revision)) AS lower
        WHERE answer_counts_since.revision > 0
        GROUP BY source_topic, source_partition, lower
    )
SELECT trait, value, sum(bitmapAndnotCardinality(unjudged.offsets, later.offsets)) AS n
FROM later
RIGHT JOIN
(
    SELECT
        counted.source_topic AS source_topic, counted.source_partition AS source_partition, revision, named, method,
        model, policy, language, channel, day, is_day,
        bitmapAndnot(counted.offsets, judged.offsets) AS offsets
    FROM judged
    RIGHT JOIN counted USING (source_topic, source_partition)
) AS unjudged USING (source_topic, source_partition, revision)
ARRAY JOIN
    if(is_day, ['day'], ['all', 'label', 'method', 'model', 'policy', 'language', 'channel']) AS trait,
    if(is_day, [toNullable(toString(day))],
        [toNullable(''), if({level:String} = 'category', category_of(named), named), toString(method),
         CAST(model, 'Nullable(String)'), toString(policy), CAST(language, 'Nullable(String)'),
         CAST(channel, 'Nullable(String)')]) AS value
GROUP BY trait, value
HAVING n > 0
SETTINGS join_use_nulls = 0
