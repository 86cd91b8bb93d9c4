-- Of the hours and minutes that make up a window, as many as tickets are asked for: those with the slowest tickets. The
-- slowest of each are as many tickets, so no ticket that is quicker than all of them is among the slowest.
SELECT toUnixTimestamp(toStartOfHour(begins)) AS hour_s, max_us
FROM operation_states(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, longest_s = 3600)
WHERE operation = 'end_to_end'
ORDER BY max_us DESC
LIMIT {most:UInt32}
