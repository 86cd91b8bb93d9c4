-- Which overrides somebody took away, and when last.
SELECT key_hash, toUnixTimestamp64Milli(max(removed_at)) AS removed_at_ms
FROM _removed_overrides
WHERE key_hash IN {hashes:Array(String)}
GROUP BY key_hash
