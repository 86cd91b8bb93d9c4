-- How many of the answers that people judged were right, lately and in the week before.
SELECT
    countIf(corrected_at >= {since:DateTime64(3)}) AS samples,
    countIf(corrected_at >= {since:DateTime64(3)} AND label_state = 'confirmed') AS right,
    countIf(corrected_at < {since:DateTime64(3)}) AS samples_before,
    countIf(corrected_at < {since:DateTime64(3)} AND label_state = 'confirmed') AS right_before
FROM corrections
WHERE corrected_at >= {since:DateTime64(3)} - toIntervalDay(7) AND label_state IN ('confirmed', 'corrected')
