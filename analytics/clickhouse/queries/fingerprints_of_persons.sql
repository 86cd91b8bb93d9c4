-- The texts that some persons judged, the last first.
SELECT fingerprint, toUnixTimestamp64Milli(max(corrected_at)) AS last_ms
FROM _judgements
WHERE ifNull(corrected_by, '') IN {persons:Array(String)} AND length(fingerprint) BETWEEN 1 AND 256 AND source_topic != 'library'
    AND corrected_at >= fromUnixTimestamp64Milli({since_ms:Int64})
GROUP BY fingerprint
ORDER BY last_ms DESC
LIMIT {most:UInt32}
