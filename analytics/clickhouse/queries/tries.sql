{% from "parts/operation_states.sql" import operation_states %}
-- Calls of each operation within a window of whole minutes by their number of tries, and how many of them failed.
SELECT operation, sumMap(attempts) AS calls, sumMap(failed_attempts) AS failures, sum(retries) AS retries
FROM
(
{{ operation_states(longest_s=86400) }}
) AS operation_states
GROUP BY operation
ORDER BY operation
