-- Parts that were replaced by a moment and still lie on the disk.
SELECT count() AS parts
FROM system.parts
WHERE database = currentDatabase() AND NOT active AND has({tables:Array(String)}, table)
    AND remove_time <= toDateTime({until_s:UInt32}, 'UTC')
