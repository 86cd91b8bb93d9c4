-- The texts that some persons judged, the last first.
SELECT fingerprint
FROM _judgements
WHERE ifNull(corrected_by, '') IN {persons:Array(String)} AND fingerprint != '' AND source_topic != 'library'
    AND corrected_at >= fromUnixTimestamp64Milli({since_ms:Int64})
GROUP BY fingerprint
ORDER BY max(corrected_at) DESC
LIMIT {most:UInt32}
