-- Everybody who has judged an answer, as they were named.
SELECT DISTINCT corrected_by
FROM _judgements
