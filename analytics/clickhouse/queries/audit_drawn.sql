-- Answers given since a moment that were drawn at random for people to judge. A row that is stored twice is one answer.
SELECT sum(n) AS drawn
FROM
(
    SELECT groupBitmapIfMerge(drawn) AS n
    FROM _answered_records
    WHERE day > toDate({since:DateTime64(3, 'UTC')}, 'UTC')
    GROUP BY day, source_topic, source_partition, revision
    UNION ALL
    -- The rest of the first day.
    SELECT uniqExact(source_topic, source_partition, source_offset, revision)
    FROM _categorizations
    WHERE audit_probability > 0 AND categorized_at >= {since:DateTime64(3, 'UTC')}
        AND categorized_at < toStartOfDay({since:DateTime64(3, 'UTC')}, 'UTC') + toIntervalDay(1)
)
