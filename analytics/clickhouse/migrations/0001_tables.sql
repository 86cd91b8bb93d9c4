-- What the sink writes. Each row is keyed by where its event came from, so that writing it again changes nothing:
-- read with FINAL, or through the views. The deduplication window serves blind retries of one insert only.

CREATE TABLE IF NOT EXISTS categorization_store
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
    -- Kafka's own timestamp, which a publisher may set to anything: kept exact, made a time in the views.
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
    INDEX by_time categorized_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(categorized_at)
PARTITION BY toYYYYMM(categorized_at)
ORDER BY (source_topic, source_partition, source_offset, revision)
SETTINGS non_replicated_deduplication_window = 1000;

-- The same rows by ticket, for `tickets`, `corrections` and `explain`.
CREATE TABLE IF NOT EXISTS ticket_store AS categorization_store
ENGINE = ReplacingMergeTree(categorized_at)
PARTITION BY toYYYYMM(categorized_at)
ORDER BY (ticket_id, source_topic, source_partition, source_offset, revision)
SETTINGS non_replicated_deduplication_window = 1000;

-- A replacing target: a row that passes twice is still one row.
CREATE MATERIALIZED VIEW IF NOT EXISTS ticket_store_feed TO ticket_store AS
SELECT * FROM categorization_store;

-- Keyed by the publisher's event_id, because a correction that is published twice is one correction.
-- Not partitioned: corrected_at is the publisher's, and one insert may hold any hundred months of it.
CREATE TABLE IF NOT EXISTS correction_store
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

CREATE TABLE IF NOT EXISTS telemetry_store
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
