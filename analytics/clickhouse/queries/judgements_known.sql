-- How many corrections and confirmations there are, each once, however often it was written.
SELECT uniqExact(event_id) AS judgements
FROM _corrections
