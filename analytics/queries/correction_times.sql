-- How long after an answer it was corrected, by where the correction came from. Clocks differ: never less than 0.
SELECT
    toString(origin) AS origin,
    count() AS corrected,
    avg(hours) AS mean_hours,
    quantileExactInclusive(0.5)(hours) AS p50_hours,
    quantileExactInclusive(0.9)(hours) AS p90_hours,
    max(hours) AS max_hours
FROM
(
    SELECT origin, greatest(0, toUnixTimestamp64Milli(corrected_at) - toUnixTimestamp64Milli(categorized_at)) / 3600000
        AS hours
    FROM judgements(
        since = {since:DateTime64(3, 'UTC')}, level = {level:String},
        renamed = mapFromArrays({renamed_from:Array(String)}, {renamed_to:Array(String)}))
    WHERE categorized_at >= {since:DateTime64(3, 'UTC')} AND stands AND wrong
        AND ({category:String} = '' OR label_category = {category:String})
)
GROUP BY origin
ORDER BY corrected DESC, origin
