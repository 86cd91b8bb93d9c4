{% from "parts/operation_states.sql" import operation_states %}
-- Figures of some spans of one length, out of the next shorter ones, or of the rows where those are dirty.
-- They claim to have seen what `rollup_due` had counted before anything was read here, and no more.
INSERT INTO _operation_rollup
SELECT
    {span_s:UInt32} AS span_s,
    toDateTime(intDiv(toUnixTimestamp(s.begins), {span_s:UInt32}) * {span_s:UInt32}, 'UTC') AS span,
    operation,
    sum(s.calls),
    sum(s.failures),
    sum(s.retries),
    sum(s.duration_us),
    max(s.max_us),
    sum(s.queue_us),
    sum(s.model_us),
    sumMap(s.attempts),
    sumMap(s.failed_attempts),
    quantilesTDigestMergeState(0.5, 0.95, 0.99)(s.quantiles),
    transform(toUnixTimestamp(span), {begins_s:Array(UInt32)}, {stored:Array(UInt64)}, 0::UInt64) AS seen
FROM
(
{{ operation_states(longest_s="{shorter_s:UInt32}") }}
) AS s
WHERE toUnixTimestamp(span) IN {begins_s:Array(UInt32)}
GROUP BY span, operation
