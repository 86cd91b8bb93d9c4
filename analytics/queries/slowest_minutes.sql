-- The minutes of a window that hold its slowest tickets: of as many minutes as tickets, those with the slowest ones.
SELECT toUnixTimestamp(begins) AS begins_s
FROM operation_states(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, longest_s = 60)
WHERE operation = 'end_to_end'
ORDER BY max_us DESC
LIMIT {most:UInt32}
