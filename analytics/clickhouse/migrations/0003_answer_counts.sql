-- Answers counted beforehand by what they have in common, so that no report has to read millions of rows.
--
-- A count is kept as the set of the source offsets that it counts: counting a row again changes nothing, and what was
-- judged, or answered again later, is taken out of a set exactly. Sets of one group are united when parts are merged
-- and when they are read, so FINAL is not needed.

CREATE TABLE IF NOT EXISTS answer_counts
(
    day              Date,
    source_topic     LowCardinality(String),
    source_partition Int32,
    revision         Int32,
    category         LowCardinality(String),
    subcategory      LowCardinality(Nullable(String)),
    method           LowCardinality(String),
    model            LowCardinality(Nullable(String)),
    policy           LowCardinality(String),
    language         LowCardinality(Nullable(String)),
    channel          LowCardinality(Nullable(String)),
    offsets          AggregateFunction(groupBitmap, UInt64)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (
    day, source_topic, source_partition, revision, category, subcategory, method, model, policy, language, channel)
SETTINGS allow_nullable_key = 1, non_replicated_deduplication_window = 1000;

-- `step` is the place, from 1 on, of the highest of the confidences in the list below that the answer reaches.
CREATE TABLE IF NOT EXISTS confidence_counts
(
    day              Date,
    source_topic     LowCardinality(String),
    source_partition Int32,
    revision         Int32,
    category         LowCardinality(String),
    method           LowCardinality(String),
    decision         LowCardinality(String),
    step             UInt32,
    offsets          AggregateFunction(groupBitmap, UInt64)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (day, source_topic, source_partition, revision, category, method, decision, step)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS answer_counts_feed TO answer_counts AS
SELECT
    toDate(categorized_at, 'UTC') AS day, source_topic, source_partition, revision,
    category, subcategory, method, model, policy, language, channel,
    groupBitmapState(toUInt64(source_offset)) AS offsets
FROM categorization_store
GROUP BY ALL;

CREATE MATERIALIZED VIEW IF NOT EXISTS confidence_counts_feed TO confidence_counts AS
SELECT
    toDate(categorized_at, 'UTC') AS day, source_topic, source_partition, revision, category, method, decision,
    arrayLastIndex(
        edge -> confidence >= edge,
        [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95,
         0.96, 0.97, 0.98, 0.99, 0.995]) AS step,
    groupBitmapState(toUInt64(source_offset)) AS offsets
FROM categorization_store
GROUP BY ALL;

-- What was stored before. Rows that the feeds have counted meanwhile are counted once all the same.
INSERT INTO answer_counts
SELECT
    toDate(categorized_at, 'UTC') AS day, source_topic, source_partition, revision,
    category, subcategory, method, model, policy, language, channel,
    groupBitmapState(toUInt64(source_offset)) AS offsets
FROM categorization_store
GROUP BY ALL;

INSERT INTO confidence_counts
SELECT
    toDate(categorized_at, 'UTC') AS day, source_topic, source_partition, revision, category, method, decision,
    arrayLastIndex(
        edge -> confidence >= edge,
        [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95,
         0.96, 0.97, 0.98, 0.99, 0.995]) AS step,
    groupBitmapState(toUInt64(source_offset)) AS offsets
FROM categorization_store
GROUP BY ALL;

-- Both counts from any moment on: the rest of its day is counted now.
CREATE OR REPLACE VIEW answer_counts_since AS
SELECT
    day, source_topic, source_partition, revision, category, subcategory, method, model, policy, language, channel,
    offsets
FROM answer_counts
WHERE day > toDate({since:DateTime64(3, 'UTC')}, 'UTC')
UNION ALL
SELECT
    toDate(categorized_at, 'UTC') AS day, source_topic, source_partition, revision,
    category, subcategory, method, model, policy, language, channel,
    groupBitmapState(toUInt64(source_offset)) AS offsets
FROM categorization_store
WHERE categorized_at >= {since:DateTime64(3, 'UTC')}
    AND categorized_at < toStartOfDay({since:DateTime64(3, 'UTC')}, 'UTC') + toIntervalDay(1)
GROUP BY ALL;

CREATE OR REPLACE VIEW confidence_counts_since AS
SELECT day, source_topic, source_partition, revision, category, method, decision, step, offsets
FROM confidence_counts
WHERE day > toDate({since:DateTime64(3, 'UTC')}, 'UTC')
UNION ALL
SELECT
    toDate(categorized_at, 'UTC') AS day, source_topic, source_partition, revision, category, method, decision,
    arrayLastIndex(
        edge -> confidence >= edge,
        [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95,
         0.96, 0.97, 0.98, 0.99, 0.995]) AS step,
    groupBitmapState(toUInt64(source_offset)) AS offsets
FROM categorization_store
WHERE categorized_at >= {since:DateTime64(3, 'UTC')}
    AND categorized_at < toStartOfDay({since:DateTime64(3, 'UTC')}, 'UTC') + toIntervalDay(1)
GROUP BY ALL;
