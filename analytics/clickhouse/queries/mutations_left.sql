-- What is still to be done of a run's mutations.
SELECT table, sum(parts_to_do) AS parts, max(latest_fail_reason) AS failure
FROM system.mutations
WHERE database = currentDatabase() AND NOT is_done AND position(command, {run:String}) > 0
GROUP BY table
