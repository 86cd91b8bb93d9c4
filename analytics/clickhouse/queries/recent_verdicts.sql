-- How many of the answers that people judged were right, lately and in the week before.
SELECT
    countIf(corrected_at >= {since:DateTime64(3)}) AS samples,
    countIf(corrected_at >= {since:DateTime64(3)} AND given_category = category) AS right,
    countIf(corrected_at < {since:DateTime64(3)}) AS samples_before,
    countIf(corrected_at < {since:DateTime64(3)} AND given_category = category) AS right_before
FROM _judgements FINAL
-- One row in each month of the ticket's answers; the one that counts is in the month of the answer that was judged.
WHERE month = toYYYYMM(categorized_at) AND corrected_at >= {since:DateTime64(3)} - toIntervalDay(7)
