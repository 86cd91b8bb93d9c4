-- Every revision of every input record of one ticket, in the order in which they count.
SELECT
    * EXCEPT (record_topic, record_partition, record_offset),
    fromUnixTimestamp64Milli(
        least(greatest(source_timestamp_ms, -2208988800000), 10413791999999), 'UTC') AS source_timestamp
FROM _categorizations_by_ticket FINAL
WHERE ticket_id = {ticket_id:String}
ORDER BY source_timestamp_ms, source_offset, revision
