-- Everybody who has judged an answer, as they were named; names that no statement could carry are left out.
SELECT DISTINCT corrected_by
FROM _judgements
WHERE corrected_by IS NULL OR lengthUTF8(corrected_by) <= {longest:UInt32}
