{% from "parts/superseded.sql" import answered_again_since %}
-- Answers given since a moment that were drawn for the audit and that no audit judged: for each day and partition how many
-- there are, and the offsets of the first. An answer that was given again is asked about as it is now.
SELECT
    waiting.source_topic AS source_topic, waiting.source_partition AS source_partition, waiting.revision AS revision,
    bitmapAndnotCardinality(waiting.drawn, done.offsets) AS n,
    arraySlice(bitmapToArray(bitmapAndnot(waiting.drawn, done.offsets)), 1, {most:UInt32}) AS offsets
FROM
(
    SELECT
        day, source_topic, source_partition, revision,
        -- The same bytes under another name: the functions of bitmaps take no groupBitmapIf.
        CAST(CAST(groupBitmapIfMergeState(drawn), 'String'), 'AggregateFunction(groupBitmap, UInt64)') AS drawn
    FROM _answered_records
    WHERE day >= toDate({since:DateTime64(3, 'UTC')}, 'UTC')
    GROUP BY day, source_topic, source_partition, revision
) AS waiting
LEFT JOIN
(
    SELECT source_topic, source_partition, revision, groupBitmapMergeState(offsets) AS offsets
    FROM
    (
        SELECT source_topic, source_partition, revision, groupBitmapState(toUInt64(source_offset)) AS offsets
        -- Without FINAL, which would read ids: a row that was replaced named an answer that was audited too, but for
        -- audits that name none and found their answer late.
        FROM _judgements
        WHERE month >= toYYYYMM({since:DateTime64(3, 'UTC')}) AND month = toYYYYMM(categorized_at) AND audits
        GROUP BY source_topic, source_partition, revision
        UNION ALL
{{ answered_again_since() }}
    )
    GROUP BY source_topic, source_partition, revision
) AS done USING (source_topic, source_partition, revision)
WHERE n > 0
ORDER BY waiting.day, source_topic, source_partition, revision
