{% from "parts/labels.sql" import RENAMED %}
{% from "views/judgements.sql" import judgements %}
-- Judged answers and how people judged them, by each of several traits.
SELECT
    trait, value,
    sumIf(said, stands) AS n,
    sumIf(said, stands AND wrong) AS corrected,
    sumIf(said, stands AND state != 'unreviewed') AS reviewed,
    sumIf(said, stands AND state = 'confirmed') AS confirmed,
    sumIf(said, audits AND state != 'unreviewed') AS audited,
    sumIf(said, audits AND state = 'confirmed') AS audit_confirmed,
    sumIf(drawn_for, audits AND state != 'unreviewed') AS weight,
    sumIf(drawn_for, audits AND state = 'confirmed') AS weight_confirmed,
    sumIf(drawn_for_squared, audits AND state != 'unreviewed') AS weight_squared
FROM
(
    SELECT
        label, method, model, policy, language, channel, toDate(categorized_at, 'UTC') AS day,
        stands, audits, state, wrong,
        count() AS said,
        sum(1 / audit_probability) AS drawn_for,
        sum(1 / pow(audit_probability, 2)) AS drawn_for_squared
    FROM
    (
{{ judgements(renamed=RENAMED) }}
    ) AS judgements
    WHERE categorized_at >= {since:DateTime64(3, 'UTC')}
        AND ({category:String} = '' OR label_category = {category:String})
    GROUP BY ALL
)
ARRAY JOIN
    ['all', 'label', 'method', 'model', 'policy', 'language', 'channel', 'day'] AS trait,
    [toNullable(''), label, toString(method), CAST(model, 'Nullable(String)'), toString(policy),
     CAST(language, 'Nullable(String)'), CAST(channel, 'Nullable(String)'), toString(day)] AS value
GROUP BY trait, value
