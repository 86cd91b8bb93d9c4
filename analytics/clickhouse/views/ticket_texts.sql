CREATE OR REPLACE VIEW ticket_texts
(
    source_topic     LowCardinality(String) COMMENT 'Topic of the input record, as in categorizations.',
    source_partition Int32 COMMENT 'Partition of the input record.',
    source_offset    Int64 COMMENT 'Offset of the input record.',
    ticket_id        String COMMENT 'The ticket.',
    received_at      DateTime64(3, 'UTC') COMMENT 'Time of the input record, from which its days are counted.',
    subject          String COMMENT 'The subject as it was answered: cleaned.',
    description      String COMMENT 'The description as it was answered: cleaned.'
)
COMMENT 'The text of one input record, where TEXTS_KEPT_DAYS is set: join it by source_topic, source_partition and source_offset.'
AS
SELECT
    record_topic AS source_topic,
    record_partition AS source_partition,
    record_offset AS source_offset,
    ticket_id, received_at, subject, description
FROM _ticket_texts FINAL
