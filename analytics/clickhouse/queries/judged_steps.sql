{% from "parts/labels.sql" import RENAMED %}
{% from "views/judgements.sql" import judgements %}
-- Judged answers, at the level of the category, by category, decision and step of the confidence; without overrides, whose
-- confidence is none.
SELECT
    counted_category AS category, method = 'RULES' AS by_rules, toString(decision) AS decision, step,
    countIf(stands) AS reviewed, countIf(stands AND state = 'confirmed') AS confirmed,
    countIf(audits) AS audited, countIf(audits AND state = 'confirmed') AS audit_confirmed
FROM
(
{{ judgements(level="'category'", renamed=RENAMED) }}
) AS judgements
WHERE (stands OR audits) AND method != 'OVERRIDE' AND categorized_at >= {since:DateTime64(3, 'UTC')}
    AND ({category:String} = '' OR counted_category = {category:String})
GROUP BY ALL
