-- Which label was answered, and which a person said it is, where the person said it at this level.
SELECT
    label,
    assumeNotNull(truth) AS truth,
    countIf(stands) AS n,
    countIf(audits) AS audited,
    sumIf(1 / audit_probability, audits) AS weight,
    sumIf(1 / pow(audit_probability, 2), audits) AS weight_squared
FROM judgements(
    since = {since:DateTime64(3, 'UTC')}, level = {level:String},
    renamed = mapFromArrays({renamed_from:Array(String)}, {renamed_to:Array(String)}))
WHERE categorized_at >= {since:DateTime64(3, 'UTC')} AND (stands OR audits) AND state != 'unreviewed'
    AND ({category:String} = '' OR label_category = {category:String} OR truth_category = {category:String})
GROUP BY ALL
ORDER BY ALL
