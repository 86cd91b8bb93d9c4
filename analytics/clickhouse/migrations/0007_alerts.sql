-- An alert is two events, its beginning and its end; each is one row, however often it is written.

CREATE TABLE IF NOT EXISTS alert_store
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

-- One row per alert, with what was measured when it began; ended_at is NULL while it lasts.
CREATE OR REPLACE VIEW alerts AS
SELECT
    s.alert_id AS alert_id,
    toString(any(s.operation)) AS operation,
    toString(any(s.kind)) AS kind,
    toString(any(s.instance)) AS instance,
    min(s.began_at) AS began_at,
    max(s.ended_at) AS ended_at,
    argMin(s.value, s.state = 'ENDED') AS value,
    argMin(s.threshold, s.state = 'ENDED') AS threshold,
    argMin(s.samples, s.state = 'ENDED') AS samples,
    argMin(s.detail, s.state = 'ENDED') AS detail
FROM alert_store AS s FINAL
GROUP BY s.alert_id;
