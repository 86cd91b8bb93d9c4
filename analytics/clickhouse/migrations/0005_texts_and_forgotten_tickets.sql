-- What customers wrote, where TEXTS_KEPT_DAYS says so: empty otherwise. It is a table of its own, so that who may read answers
-- need not be able to read texts. A row is keyed by the record of ticket-created, as the answers to it are.
CREATE TABLE IF NOT EXISTS _ticket_texts
(
    record_topic     LowCardinality(String),
    record_partition Int32,
    record_offset    Int64,
    ticket_id        String CODEC(ZSTD(1)),
    -- The record's time, but never later than it was read: a publisher may set any.
    received_at      DateTime64(3, 'UTC'),
    subject          String CODEC(ZSTD(3)),
    description      String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(received_at)
ORDER BY (record_topic, record_partition, record_offset)
SETTINGS non_replicated_deduplication_window = 1000, merge_with_ttl_timeout = 3600;

-- Which tickets were forgotten: what the topics hold of them before these ends never comes back, not even by `rebuild`.
CREATE TABLE IF NOT EXISTS _forgotten_tickets
(
    -- SHA-256 of the ticket_id, in hex. The id itself stands nowhere.
    ticket_hash  String CODEC(ZSTD(1)),
    run          String CODEC(ZSTD(1)),
    -- Where the topics ended when the ticket was forgotten.
    ends         Array(Tuple(topic String, partition Int32, end Int64)) CODEC(ZSTD(1)),
    forgotten_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(forgotten_at)
ORDER BY ticket_hash
SETTINGS non_replicated_deduplication_window = 1000;

-- Which input records are about to be taken out of the counts, while a ticket is forgotten. Emptied at its end.
CREATE TABLE IF NOT EXISTS _forgetting
(
    run              String,
    source_topic     LowCardinality(String),
    source_partition Int32,
    source_offset    Int64,
    noted_at         DateTime('UTC') DEFAULT now()
)
ENGINE = MergeTree
PARTITION BY run
ORDER BY (source_topic, source_partition, source_offset)
TTL noted_at + INTERVAL 1 DAY;
