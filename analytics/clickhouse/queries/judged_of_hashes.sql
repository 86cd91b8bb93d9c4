-- The texts for which answers to some tickets were judged. The tickets are named by the SHA-256 of their ids.
SELECT DISTINCT fingerprint
FROM _judgements
WHERE lower(hex(SHA256(ticket_id))) IN {hashes:Array(String)} AND length(fingerprint) BETWEEN 1 AND 256
