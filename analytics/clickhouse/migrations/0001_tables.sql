-- The tables, and the feeds that fill some of them. Their names begin with an underscore: analysts read the views.
--
-- A row is keyed by where its event came from, so that writing it again changes nothing. Read with FINAL, or through the
-- views. The deduplication window serves blind retries of one insert only.
--
-- Every statement does nothing when it is run again: by a process after one that died half-way, or by two at once.

CREATE TABLE IF NOT EXISTS _categorizations
(
    event_id               String CODEC(ZSTD(1)),
    ticket_event_id        String CODEC(ZSTD(1)),
    ticket_id              String CODEC(ZSTD(1)),
    revision               Int32,
    language               LowCardinality(Nullable(String)),
    channel                LowCardinality(Nullable(String)),
    category               LowCardinality(String),
    subcategory            LowCardinality(Nullable(String)),
    confidence             Float64,
    subcategory_confidence Nullable(Float64),
    decision               LowCardinality(String),
    method                 LowCardinality(String),
    provisional            Bool,
    alternatives           Array(Tuple(
                               category String,
                               confidence Float64,
                               subcategory Nullable(String),
                               subcategory_confidence Nullable(Float64))),
    model                  LowCardinality(Nullable(String)),
    taxonomy               LowCardinality(String),
    policy                 LowCardinality(String),
    threshold_auto         Float64,
    threshold_suggest      Float64,
    fingerprint            String CODEC(ZSTD(1)),
    explanation            Array(LowCardinality(String)),
    source_topic           LowCardinality(String),
    source_partition       Int32,
    source_offset          Int64,
    -- Kafka's own timestamp, which a publisher may set to anything. It is kept exact; the views make a time of it.
    source_timestamp_ms    Int64,
    received_at            DateTime64(6, 'UTC'),
    decode_us              Int64,
    lookup_us              Int64,
    queue_us               Int64,
    model_us               Int64,
    rules_us               Int64,
    wait_us                Int64,
    total_us               Int64,
    model_outcome          LowCardinality(String),
    model_call_id          Nullable(String) CODEC(ZSTD(1)),
    attempts               Int32,
    audit_probability      Float64,
    service_version        LowCardinality(String),
    created_at             DateTime64(3, 'UTC'),
    categorized_at         DateTime64(3, 'UTC'),
    record_topic           LowCardinality(String),
    record_partition       Int32,
    record_offset          Int64,
    -- The stages that count as operations. Of each: its name, how long after the receipt of the ticket it began, and how
    -- long it took. Stages follow one another; one that took 0 did not run.
    stages                 Array(Tuple(String, Int64, Int64)) ALIAS [
                               ('decode', 0, decode_us),
                               ('lookup', decode_us, lookup_us),
                               ('rules', decode_us + lookup_us + queue_us + model_us, rules_us),
                               ('window_wait', decode_us + lookup_us + queue_us + model_us + rules_us, wait_us),
                               ('end_to_end', 0, total_us)],
    INDEX by_time categorized_at TYPE minmax GRANULARITY 1,
    INDEX by_receipt received_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(categorized_at)
PARTITION BY toYYYYMM(categorized_at)
ORDER BY (source_topic, source_partition, source_offset, revision)
SETTINGS non_replicated_deduplication_window = 1000;

-- The same rows by ticket, for the views `tickets` and `corrections` and for `ticketstream explain`.
CREATE TABLE IF NOT EXISTS _categorizations_by_ticket AS _categorizations
ENGINE = ReplacingMergeTree(categorized_at)
PARTITION BY toYYYYMM(categorized_at)
ORDER BY (ticket_id, source_topic, source_partition, source_offset, revision)
SETTINGS non_replicated_deduplication_window = 1000;

-- The target replaces: a row that passes twice is still one row.
CREATE MATERIALIZED VIEW IF NOT EXISTS _categorizations_by_ticket_feed TO _categorizations_by_ticket AS
SELECT * FROM _categorizations;

-- Keyed by the publisher's event_id, because a correction that is published twice is one correction.
-- Not partitioned: corrected_at is the publisher's, and one insert may span a hundred months.
CREATE TABLE IF NOT EXISTS _corrections
(
    event_id         String CODEC(ZSTD(1)),
    ticket_id        String CODEC(ZSTD(1)),
    category         LowCardinality(String),
    subcategory      LowCardinality(Nullable(String)),
    judged_event_id  Nullable(String) CODEC(ZSTD(1)),
    origin           LowCardinality(String),
    corrected_by     LowCardinality(Nullable(String)),
    reason           Nullable(String) CODEC(ZSTD(1)),
    corrected_at     DateTime64(3, 'UTC'),
    record_topic     LowCardinality(String),
    record_partition Int32,
    record_offset    Int64
)
ENGINE = ReplacingMergeTree(record_offset)
ORDER BY (ticket_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS _telemetry
(
    kind             LowCardinality(String),
    event_id         String CODEC(ZSTD(1)),
    operation        LowCardinality(String),
    outcome          LowCardinality(String),
    started_at       DateTime64(6, 'UTC'),
    duration_us      Int64,
    attempts         Int32,
    ticket_id        Nullable(String) CODEC(ZSTD(1)),
    instance         LowCardinality(String),
    detail           Map(LowCardinality(String), String),
    service_version  LowCardinality(String),
    record_topic     LowCardinality(String),
    record_partition Int32,
    record_offset    Int64
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(started_at)
ORDER BY (kind, operation, started_at, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

-- An alert is two events, its beginning and its end. Each is one row, however often it is written.
CREATE TABLE IF NOT EXISTS _alert_events
(
    alert_id         String CODEC(ZSTD(1)),
    state            LowCardinality(String),
    kind             LowCardinality(String),
    operation        LowCardinality(String),
    instance         LowCardinality(String),
    began_at         DateTime64(3, 'UTC'),
    ended_at         Nullable(DateTime64(3, 'UTC')),
    value            Float64,
    threshold        Float64,
    samples          Int64,
    detail           String CODEC(ZSTD(1)),
    service_version  LowCardinality(String),
    record_topic     LowCardinality(String),
    record_partition Int32,
    record_offset    Int64
)
ENGINE = ReplacingMergeTree
ORDER BY (began_at, alert_id, state)
SETTINGS non_replicated_deduplication_window = 1000;

-- Answers counted beforehand by what they have in common, so that no report reads millions of rows.
--
-- A count is kept as the set of the source offsets that it counts. Counting a row again changes nothing, and an answer that
-- was judged or given again later is taken out of a set exactly. Sets of one group are united when parts are merged and
-- when they are read, so FINAL is not needed.
CREATE TABLE IF NOT EXISTS _answer_counts
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

CREATE MATERIALIZED VIEW IF NOT EXISTS _answer_counts_feed TO _answer_counts AS
SELECT
    toDate(categorized_at, 'UTC') AS day, source_topic, source_partition, revision,
    category, subcategory, method, model, policy, language, channel,
    groupBitmapState(toUInt64(source_offset)) AS offsets
FROM _categorizations
GROUP BY ALL;

-- `step` is the number, from 1 on, of the highest confidence of the list below that the answer reaches.
CREATE TABLE IF NOT EXISTS _confidence_counts
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

CREATE MATERIALIZED VIEW IF NOT EXISTS _confidence_counts_feed TO _confidence_counts AS
SELECT
    toDate(categorized_at, 'UTC') AS day, source_topic, source_partition, revision, category, method, decision,
    arrayLastIndex(
        edge -> confidence >= edge,
        [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95,
         0.96, 0.97, 0.98, 0.99, 0.995]) AS step,
    groupBitmapState(toUInt64(source_offset)) AS offsets
FROM _categorizations
GROUP BY ALL;

-- Which input records were answered on a day, and which of the answers were drawn for people to judge: sets of source
-- offsets like those of `_answer_counts`, but for all answers together. A few rows a day.
CREATE TABLE IF NOT EXISTS _answered_records
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

CREATE MATERIALIZED VIEW IF NOT EXISTS _answered_records_feed TO _answered_records AS
SELECT
    toDate(categorized_at, 'UTC') AS day, source_topic, source_partition, revision,
    groupBitmapState(toUInt64(source_offset)) AS offsets,
    groupBitmapIfState(toUInt64(source_offset), audit_probability > 0) AS drawn
FROM _categorizations
GROUP BY ALL;

-- Corrections, each with the answer that it judged. The answer is looked up when either of them is stored
-- (queries/store_judgements.sql), not when a report is made.
--
-- A correction is matched again whenever its ticket gets another answer or correction, and the row that was made from the
-- most rows stays (`known`). Rows lie by months of answers, so that a report reads its own. A row that moves to an answer
-- of another month has to be replaced in the old month too: so there is one in each month in which the ticket was
-- answered, and the one in the month of the judged answer counts.
CREATE TABLE IF NOT EXISTS _judgements
(
    month                  UInt32,
    ticket_id              String CODEC(ZSTD(1)),
    correction_id          String CODEC(ZSTD(1)),
    known                  UInt64,
    stands                 Bool,
    audits                 Bool,
    -- The correction.
    origin                 LowCardinality(String),
    corrected_at           DateTime64(3, 'UTC'),
    given_category         LowCardinality(String),
    given_subcategory      LowCardinality(Nullable(String)),
    -- The answer.
    event_id               String CODEC(ZSTD(1)),
    revision               Int32,
    source_topic           LowCardinality(String),
    source_partition       Int32,
    source_offset          Int64,
    categorized_at         DateTime64(3, 'UTC'),
    category               LowCardinality(String),
    subcategory            LowCardinality(Nullable(String)),
    confidence             Float64,
    subcategory_confidence Nullable(Float64),
    step                   UInt32,
    method                 LowCardinality(String),
    model                  LowCardinality(Nullable(String)),
    policy                 LowCardinality(String),
    language               LowCardinality(Nullable(String)),
    channel                LowCardinality(Nullable(String)),
    decision               LowCardinality(String),
    audit_probability      Float64,
    -- Both as category or category/subcategory: a label is looked up once for all rows that have it.
    answered_path          LowCardinality(String)
        MATERIALIZED if(subcategory IS NULL, toString(category), concat(category, '/', assumeNotNull(subcategory))),
    given_path             LowCardinality(String)
        MATERIALIZED if(given_subcategory IS NULL, toString(given_category),
            concat(given_category, '/', assumeNotNull(given_subcategory)))
)
ENGINE = ReplacingMergeTree(known)
PARTITION BY month
ORDER BY (month, ticket_id, correction_id)
SETTINGS non_replicated_deduplication_window = 1000;

-- Which spans (minutes, hours, days) have figures that are up to date. A process that has stored rows adds how many
-- operations of them began in each span (`stored`); a process that has rolled a span up writes how many it had seen
-- (`seen`). While the two differ, the span is dirty and is read from the rows. No insert here has to happen exactly once.
CREATE TABLE IF NOT EXISTS _rollup_progress
(
    span_s   UInt32,
    begins   DateTime('UTC'),
    -- Written after the rows, never before: a reader of this number can read the rows that it counts.
    stored   SimpleAggregateFunction(sum, UInt64),
    seen     SimpleAggregateFunction(max, UInt64),
    -- When the first of the tickets was received that have an operation in this span: where a search begins.
    earliest SimpleAggregateFunction(min, DateTime64(6, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (span_s, begins);

-- Figures of the operations by the minute, the hour and the day. They are never added to, only computed again from
-- deduplicated rows.
CREATE TABLE IF NOT EXISTS _operation_rollup
(
    span_s          UInt32,
    begins          DateTime('UTC'),
    operation       LowCardinality(String),
    calls           UInt64,
    failures        UInt64,
    retries         UInt64,
    duration_us     Int64,
    max_us          Int64,
    -- Of end_to_end alone: how long its tickets waited for a call of the model, and for its answer.
    queue_us        Int64,
    model_us        Int64,
    -- Calls by their number of tries; 255 is 255 or more.
    attempts        Map(UInt8, UInt64),
    failed_attempts Map(UInt8, UInt64),
    quantiles       AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Int64),
    seen            UInt64
)
ENGINE = ReplacingMergeTree(seen)
ORDER BY (span_s, begins, operation);
