-- Judgements by the text that was answered, and by who judged: what `ticket-overrides` is decided from.

ALTER TABLE _judgements
    ADD COLUMN IF NOT EXISTS fingerprint String CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS corrected_by LowCardinality(Nullable(String)),
    ADD INDEX IF NOT EXISTS by_fingerprint fingerprint TYPE bloom_filter GRANULARITY 1;

-- Which overrides somebody took away, and when: what was judged until then makes none again.
CREATE TABLE IF NOT EXISTS _removed_overrides
(
    -- SHA-256 of the record's key, in hex.
    key_hash   String CODEC(ZSTD(1)),
    removed_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(removed_at)
ORDER BY key_hash
SETTINGS non_replicated_deduplication_window = 1000;
