-- Confidences of the model's answers, lately and on the day before, counted by thousandths.
SELECT
    toUInt16(floor(confidence * 1000)) AS thousandth,
    countIf(categorized_at >= {since:DateTime64(3)}) AS lately,
    countIf(categorized_at < {since:DateTime64(3)}) AS before
FROM _categorizations FINAL
WHERE categorized_at >= {since:DateTime64(3)} - toIntervalDay(1) AND method IN ('MODEL', 'CACHE')
GROUP BY thousandth
ORDER BY thousandth
