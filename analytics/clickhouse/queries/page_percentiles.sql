{% from "parts/operation_states.sql" import operation_states %}
-- Percentiles of end_to_end, in slices of whole minutes.
SELECT
    toUnixTimestamp(toStartOfInterval(begins, toIntervalSecond({slice_s:UInt32}))) AS at_s,
    arrayMap(us -> us / 1000, quantilesTDigestMerge(0.5, 0.95, 0.99)(quantiles)) AS percentiles_ms
FROM
(
{{ operation_states(longest_s=60) }}
) AS operation_states
WHERE operation = 'end_to_end'
GROUP BY at_s
ORDER BY at_s
