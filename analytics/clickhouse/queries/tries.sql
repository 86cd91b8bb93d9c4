-- Calls of each operation within a window of whole minutes by how many tries they took, and how many of them failed.
SELECT operation, sumMap(attempts) AS calls, sumMap(failed_attempts) AS failures, sum(retries) AS retries
FROM operation_states(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, longest_s = 86400)
GROUP BY operation
ORDER BY operation
