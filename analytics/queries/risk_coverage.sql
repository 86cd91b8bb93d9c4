-- What is wrong among the surest answers, the more of them are taken: at each twentieth, the smallest share of the
-- answers that is at least this large and ends with a whole confidence.
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
    level / 20 AS aim,
    min(covered / total) AS coverage,
    argMin(probability, covered) AS threshold,
    argMin(covered_wrong / covered, covered) AS risk,
    any(n) AS n
FROM (SELECT *, count() OVER (PARTITION BY source, basis) AS n FROM ranked)
ARRAY JOIN range(1, 21) AS level
WHERE covered * 20 >= total * level * (1 - 1e-12)
GROUP BY source, basis, level
ORDER BY source, basis, level
