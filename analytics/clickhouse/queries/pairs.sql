{% from "parts/labels.sql" import RENAMED %}
{% from "views/judgements.sql" import judgements %}
-- Judged answers by label and truth. The truth is NULL when the person did not say it at this level.
SELECT
    label,
    truth,
    countIf(stands) AS stood,
    countIf(stands AND wrong) AS corrected,
    countIf(stands AND state != 'unreviewed') AS n,
    countIf(audits AND state != 'unreviewed') AS audited,
    sumIf(1 / audit_probability, audits AND state != 'unreviewed') AS weight,
    sumIf(1 / pow(audit_probability, 2), audits AND state != 'unreviewed') AS weight_squared
FROM
(
{{ judgements(renamed=RENAMED) }}
) AS judgements
WHERE categorized_at >= {since:DateTime64(3, 'UTC')} AND (stands OR audits)
    AND ({category:String} = '' OR label_category = {category:String} OR truth_category = {category:String})
GROUP BY ALL
ORDER BY ALL
