-- How many input records were answered since a moment and judged by nobody, by one trait after another. Of a record
-- answered several times the last answer counts.
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
            multiIf(
                grouping(category) = 0, 'label', grouping(method) = 0, 'method', grouping(model) = 0, 'model',
                grouping(policy) = 0, 'policy', grouping(language) = 0, 'language',
                grouping(channel) = 0, 'channel', grouping(day) = 0, 'day', 'all') AS trait,
            multiIf(
                trait = 'label', toNullable(if(
                    {level:String} = 'category',
                    category_of(today(toString(category), CAST(subcategory, 'Nullable(String)'))),
                    today(toString(category), CAST(subcategory, 'Nullable(String)')))),
                trait = 'method', toString(method),
                trait = 'model', CAST(model, 'Nullable(String)'), trait = 'policy', toString(policy),
                trait = 'language', CAST(language, 'Nullable(String)'),
                trait = 'channel', CAST(channel, 'Nullable(String)'), trait = 'day', toString(day), '') AS value,
            source_topic, source_partition, revision,
            groupBitmapMergeState(offsets) AS found
        FROM answer_counts_since(since = {since:DateTime64(3, 'UTC')})
        WHERE {category:String} = ''
            OR category_of(today(toString(category), CAST(subcategory, 'Nullable(String)'))) = {category:String}
        GROUP BY GROUPING SETS (
            (source_topic, source_partition, revision),
            (source_topic, source_partition, revision, category, subcategory),
            (source_topic, source_partition, revision, method),
            (source_topic, source_partition, revision, model),
            (source_topic, source_partition, revision, policy),
            (source_topic, source_partition, revision, language),
            (source_topic, source_partition, revision, channel),
            (source_topic, source_partition, revision, day))
    )
SELECT trait, value, sum(bitmapAndnotCardinality(bitmapAndnot(found, later.offsets), judged.offsets)) AS n
FROM counted
LEFT JOIN
(
    SELECT source_topic, source_partition, lower AS revision, groupBitmapMergeState(offsets) AS offsets
    FROM answer_counts_since(since = {since:DateTime64(3, 'UTC')})
    ARRAY JOIN range(toUInt32(revision)) AS lower
    WHERE answer_counts_since.revision > 0
    GROUP BY source_topic, source_partition, lower
) AS later USING (source_topic, source_partition, revision)
LEFT JOIN
(
    SELECT source_topic, source_partition, groupBitmapState(toUInt64(source_offset)) AS offsets
    -- One judgement of each judged record stands, so all of them name the same records.
    FROM judgements(since = {since:DateTime64(3, 'UTC')}, level = 'category', renamed = map('', ''))
    GROUP BY source_topic, source_partition
) AS judged USING (source_topic, source_partition)
GROUP BY trait, value
HAVING n > 0
SETTINGS join_use_nulls = 0
