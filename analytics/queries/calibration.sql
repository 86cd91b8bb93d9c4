-- Whether confidences are probabilities, over judged answers: those that people chose (verified, all alike) and those
-- drawn at random (audit, weighted). The rules' confidences are another thing than the model's: told apart.
-- aurc: the mean over the answers of the error among those at least as sure.
WITH
    ranked AS
    (
        SELECT
            source, basis, probability, is_right, weight,
            sum(weight) OVER (PARTITION BY source, basis) AS total,
            -- RANGE takes those with the same confidence together: no order among them is better than another.
            sum(weight) OVER (
                PARTITION BY source, basis ORDER BY probability DESC
                RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS covered,
            sum(weight * NOT is_right) OVER (
                PARTITION BY source, basis ORDER BY probability DESC
                RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS covered_wrong
        FROM
        (
            SELECT
                if(method = 'RULES', 'rules', 'model') AS source, basis, probability, state = 'confirmed' AS is_right,
                if(basis = 'audit', 1 / audit_probability, 1) AS weight
            FROM judgements(
                since = {since:DateTime64(3, 'UTC')}, level = {level:String},
                renamed = mapFromArrays({renamed_from:Array(String)}, {renamed_to:Array(String)}))
            ARRAY JOIN ['verified', 'audit'] AS basis
            WHERE categorized_at >= {since:DateTime64(3, 'UTC')} AND state != 'unreviewed'
                AND if(basis = 'audit', audits, stands)
                AND ({category:String} = '' OR label_category = {category:String})
        )
    )
SELECT
    source,
    basis,
    count() AS n,
    sum(weight * is_right) / sum(weight) AS accuracy,
    sum(weight * probability) / sum(weight) AS mean_confidence,
    sum(weight * pow(probability - is_right, 2)) / sum(weight) AS brier,
    -- Kept off 0 and 1 by the least difference of two doubles near 1, or one sure error would be infinite.
    -sum(weight * log(if(is_right, kept, 1 - kept))) / sum(weight) AS log_loss,
    sum(weight * covered_wrong / covered) / sum(weight) AS aurc
FROM (SELECT *, least(greatest(probability, 2.220446049250313e-16), 1 - 2.220446049250313e-16) AS kept FROM ranked)
GROUP BY source, basis
ORDER BY source, basis
