{% from "parts/labels.sql" import RENAMED %}
{% from "views/judgements.sql" import judgements %}
-- How many answers people judged, by the origin of the correction, and how long after the answer it was corrected. The
-- clocks of two machines differ, so a negative time counts as 0.
SELECT
    toString(origin) AS origin,
    count() AS judged,
    countIf(wrong) AS corrected,
    avgIf(hours, wrong) AS mean_hours,
    quantileExactInclusiveIf(0.5)(hours, wrong) AS p50_hours,
    quantileExactInclusiveIf(0.9)(hours, wrong) AS p90_hours,
    maxIf(hours, wrong) AS max_hours
FROM
(
    SELECT
        origin, wrong,
        greatest(0, toUnixTimestamp64Milli(corrected_at) - toUnixTimestamp64Milli(categorized_at)) / 3600000 AS hours
    FROM
    (
{{ judgements(renamed=RENAMED) }}
    ) AS judgements
    WHERE categorized_at >= {since:DateTime64(3, 'UTC')} AND stands
        AND ({category:String} = '' OR label_category = {category:String})
)
GROUP BY origin
ORDER BY corrected DESC, origin
