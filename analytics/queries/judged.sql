-- What people made of the answers that they judged, by one trait after another.
WITH
    alike AS
    (
        SELECT
            label, method, model, policy, language, channel, toDate(categorized_at, 'UTC') AS day,
            countIf(stands) AS n,
            countIf(stands AND wrong) AS corrected,
            countIf(stands AND state != 'unreviewed') AS reviewed,
            countIf(stands AND state = 'confirmed') AS confirmed,
            countIf(audits AND state != 'unreviewed') AS audited,
            countIf(audits AND state = 'confirmed') AS audit_confirmed,
            sumIf(1 / audit_probability, audits AND state != 'unreviewed') AS weight,
            sumIf(1 / audit_probability, audits AND state = 'confirmed') AS weight_confirmed,
            sumIf(1 / pow(audit_probability, 2), audits AND state != 'unreviewed') AS weight_squared
        FROM judgements(
            since = {since:DateTime64(3, 'UTC')}, level = {level:String},
            renamed = mapFromArrays({renamed_from:Array(String)}, {renamed_to:Array(String)}))
        WHERE categorized_at >= {since:DateTime64(3, 'UTC')}
            AND ({category:String} = '' OR label_category = {category:String})
        GROUP BY label, method, model, policy, language, channel, day
    )
SELECT
    trait, value,
    sum(n) AS n, sum(corrected) AS corrected, sum(reviewed) AS reviewed, sum(confirmed) AS confirmed,
    sum(audited) AS audited, sum(audit_confirmed) AS audit_confirmed,
    sum(weight) AS weight, sum(weight_confirmed) AS weight_confirmed, sum(weight_squared) AS weight_squared
FROM alike
ARRAY JOIN
    ['all', 'label', 'method', 'model', 'policy', 'language', 'channel', 'day'] AS trait,
    [toNullable(''), label, toString(method), CAST(model, 'Nullable(String)'), toString(policy),
     CAST(language, 'Nullable(String)'), CAST(channel, 'Nullable(String)'), toString(day)] AS value
GROUP BY trait, value
