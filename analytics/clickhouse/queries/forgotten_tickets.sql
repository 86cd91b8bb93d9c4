-- Tickets that were forgotten, each with the ends of the topics at its last time.
SELECT ticket_hash, run, ends, toUnixTimestamp64Milli(forgotten_at) AS forgotten_at
FROM _forgotten_tickets FINAL
