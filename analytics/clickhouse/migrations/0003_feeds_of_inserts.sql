-- What follows from stored rows, made by ClickHouse as the rows are stored.
--
-- A feed writes when the rows are in their table, never before: an insert passes the table first, and the feeds one after
-- another. So a reader of what a feed wrote can read the rows behind it.

-- The minutes, hours and days in which operations of answers began. Counted as in `stages`, in numbers that no duration
-- makes too large: what lies outside of DateTime is counted at its ends.
CREATE MATERIALIZED VIEW IF NOT EXISTS _rollup_progress_answers_feed TO _rollup_progress AS
SELECT
    span_s,
    toDateTime(minute - minute % span_s, 'UTC') AS begins,
    sum(begun) AS stored,
    0::UInt64 AS seen,
    min(first_received_at) AS earliest
FROM
(
    SELECT
        toUInt32(60 * least(greatest(intDiv(begun_us, 60000000), 0), 71582787)) AS minute,
        count() AS begun,
        min(received_at) AS first_received_at
    FROM
    (
        SELECT
            received_at,
            toInt128(toUnixTimestamp64Micro(received_at)) AS received_us,
            received_us + decode_us AS decoded_us,
            decoded_us + lookup_us + queue_us + model_us AS rules_begun_us,
            arrayJoin(arrayFilter(
                (begun_us, duration_us) -> duration_us > 0,
                [received_us, decoded_us, rules_begun_us, rules_begun_us + rules_us, received_us],
                [decode_us, lookup_us, rules_us, wait_us, total_us])) AS begun_us
        FROM _categorizations
    )
    GROUP BY minute
)
ARRAY JOIN [60::UInt32, 3600::UInt32, 86400::UInt32] AS span_s
GROUP BY span_s, begins;

-- The same for operations that belong to no answer.
CREATE MATERIALIZED VIEW IF NOT EXISTS _rollup_progress_telemetry_feed TO _rollup_progress AS
SELECT
    span_s,
    toDateTime(minute - minute % span_s, 'UTC') AS begins,
    sum(begun) AS stored,
    0::UInt64 AS seen,
    min(first_started_at) AS earliest
FROM
(
    SELECT
        toUInt32(60 * least(greatest(intDiv(toUnixTimestamp64Micro(started_at), 60000000), 0), 71582787)) AS minute,
        count() AS begun,
        min(started_at) AS first_started_at
    FROM _telemetry
    WHERE kind = 'TIMING'
    GROUP BY minute
)
ARRAY JOIN [60::UInt32, 3600::UInt32, 86400::UInt32] AS span_s
GROUP BY span_s, begins;

-- Of which tickets the records of the last hours are, by the position of the record: so that a process which has stored
-- answers can ask which of their tickets were corrected, without sending the tickets. It has no deduplication: an insert that
-- is repeated after hours has to fill it again, though its rows are there.
CREATE TABLE IF NOT EXISTS _stored_tickets
(
    record_topic     LowCardinality(String),
    record_partition Int32,
    record_offset    Int64,
    ticket_id        String CODEC(ZSTD(1)),
    stored_at        DateTime('UTC') DEFAULT now()
)
ENGINE = MergeTree
PARTITION BY toStartOfHour(stored_at)
ORDER BY (record_topic, record_partition, record_offset)
TTL stored_at + INTERVAL 1 HOUR
SETTINGS ttl_only_drop_parts = 1, merge_with_ttl_timeout = 600;

CREATE MATERIALIZED VIEW IF NOT EXISTS _stored_tickets_feed TO _stored_tickets AS
SELECT record_topic, record_partition, record_offset, ticket_id
FROM _categorizations;
