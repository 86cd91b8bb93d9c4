-- Which input records were answered on a day, and which answers were drawn for people to judge, as sets of source
-- offsets like those of `answer_counts`, but whatever the answers say: a few rows a day.
CREATE TABLE IF NOT EXISTS answered_records
(
    day              Date,
    source_topic     LowCardinality(String),
    source_partition Int32,
    revision         Int32,
    offsets          AggregateFunction(groupBitmap, UInt64),
    drawn            AggregateFunction(groupBitmapIf, UInt64, UInt8)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (day, source_topic, source_partition, revision)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS answered_records_feed TO answered_records AS
SELECT
    toDate(categorized_at, 'UTC') AS day, source_topic, source_partition, revision,
    groupBitmapState(toUInt64(source_offset)) AS offsets,
    groupBitmapIfState(toUInt64(source_offset), audit_probability > 0) AS drawn
FROM categorization_store
GROUP BY ALL;

-- What was stored before. Rows that the feed has counted meanwhile are counted once all the same.
INSERT INTO answered_records
SELECT
    toDate(categorized_at, 'UTC') AS day, source_topic, source_partition, revision,
    groupBitmapState(toUInt64(source_offset)) AS offsets,
    groupBitmapIfState(toUInt64(source_offset), audit_probability > 0) AS drawn
FROM categorization_store
GROUP BY ALL;

-- Of which input records an answer of this revision does not count as one that nobody judged: of those that a person
-- judged, whichever answer it was, and of those that were answered again later.
--
-- For the answers given since a moment. What was answered earlier on the moment's day is in it too, and does not matter.
CREATE OR REPLACE VIEW superseded_since AS
SELECT source_topic, source_partition, revision, groupBitmapMergeState(offsets) AS offsets
FROM
(
    SELECT source_topic, source_partition, revision, offsets
    FROM
    (
        SELECT source_topic, source_partition, groupBitmapState(toUInt64(source_offset)) AS offsets
        -- One judgement of each judged record stands, so all of them name the same records.
        FROM judgements_since(since = {since:DateTime64(3, 'UTC')})
        GROUP BY source_topic, source_partition
    ) AS judged
    INNER JOIN
    (
        SELECT DISTINCT source_topic, source_partition, revision
        FROM answered_records
        WHERE day >= toDate({since:DateTime64(3, 'UTC')}, 'UTC')
    ) AS given USING (source_topic, source_partition)
    UNION ALL
    SELECT source_topic, source_partition, toInt32(lower), offsets
    FROM answered_records
    ARRAY JOIN range(toUInt32(revision)) AS lower
    WHERE answered_records.revision > 0 AND day >= toDate({since:DateTime64(3, 'UTC')}, 'UTC')
)
GROUP BY source_topic, source_partition, revision;

-- `answer_counts_since` with the labels in use today (`named`), by `renamed` as `judgements` reads it.
CREATE OR REPLACE VIEW named_answers_since AS
WITH
    {renamed:Map(String, String)} AS names,
    path -> substringIndex(path, '/', 1) AS category_of,
    path -> multiIf(
        mapContains(names, path), names[path],
        mapContains(names, category_of(path)), names[category_of(path)],
        path) AS today
SELECT
    day, source_topic, source_partition, revision,
    today(if(subcategory IS NULL, toString(category), concat(category, '/', assumeNotNull(subcategory)))) AS named,
    category_of(named) AS named_category,
    method, model, policy, language, channel, offsets
FROM answer_counts_since(since = {since:DateTime64(3, 'UTC')});
