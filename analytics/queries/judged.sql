-- What people made of the answers that they judged, by one trait after another.
SELECT
    trait,
    value,
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
ARRAY JOIN
    ['all', 'label', 'method', 'model', 'policy', 'language', 'channel', 'day'] AS trait,
    [toNullable(''), label, toString(method), CAST(model, 'Nullable(String)'), toString(policy),
     CAST(language, 'Nullable(String)'), CAST(channel, 'Nullable(String)'),
     toString(toDate(categorized_at, 'UTC'))] AS value
WHERE categorized_at >= {since:DateTime64(3, 'UTC')}
    AND ({category:String} = '' OR label_category = {category:String})
GROUP BY trait, value
