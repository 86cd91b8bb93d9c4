-- Which input records the answers to tickets that are forgotten belong to.
INSERT INTO _forgetting (run, source_topic, source_partition, source_offset)
SELECT DISTINCT {run:String}, source_topic, source_partition, source_offset
FROM _categorizations
WHERE lower(hex(SHA256(ticket_id))) IN (SELECT ticket_hash FROM _forgotten_tickets WHERE run = {run:String})
