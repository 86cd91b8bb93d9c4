-- Judged answers in bins of their confidence: 15 of equal width, and 15 that hold equal shares of the answers.
-- (Weights make some answers fall exactly between two bins: a hair keeps rounding from deciding.)
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
    binning,
    if(binning = 'width', least(14, floor(probability * 15)), least(14, floor(15 * (total - covered) / total + 1e-9))) AS bin,
    count() AS n,
    min(probability) AS lowest,
    max(probability) AS highest,
    sum(weight) AS stands_for,
    sum(weight * weight) AS weight_squared,
    sum(weight * probability) / sum(weight) AS mean_confidence,
    countIf(is_right) AS right_n,
    sum(weight * is_right) AS weight_right
FROM ranked
ARRAY JOIN ['width', 'mass'] AS binning
GROUP BY source, basis, binning, bin
ORDER BY source, basis, binning DESC, bin
