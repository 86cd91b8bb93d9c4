{% from "parts/counts.sql" import answer_counts_since %}
-- Answers given since a moment, by the model and by what gave them. A revision is an answer of its own.
SELECT CAST(model, 'Nullable(String)') AS model, toString(method) AS method, sum(n) AS answers
FROM
(
    SELECT source_topic, source_partition, revision, model, method, groupBitmapMerge(offsets) AS n
    FROM
    (
{{ answer_counts_since() }}
    ) AS answer_counts_since
    GROUP BY ALL
) AS counted
GROUP BY ALL
ORDER BY answers DESC, model, method
