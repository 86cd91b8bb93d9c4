{% from "parts/labels.sql" import RENAMED %}
{% from "views/judgements.sql" import judgements %}
-- How far confidences are probabilities, by judged answers: those that people chose (verified, with equal weights) and
-- those drawn at random (audit, weighted). The rules' confidences mean something else than the model's, so they are separate.
-- Those of overrides are conventions: they are left out.
-- One row for each kind and position:
--   held           a step of the category's confidence: judged answers whose judgement stands
--   all            all answers; aurc is the mean, over the answers, of the error among those with at least their confidence
--   width, mass    a bin: 15 bins of equal width, and 15 with equal shares of the answers
--   coverage       the answers with the highest confidences, for each twentieth: the smallest share that is at least
--                  this large and does not separate equal confidences
-- Weights put some answers exactly between two positions: 1e-12 keeps rounding from deciding.
WITH
    (part, whole) -> toInt32(least(20, floor(20 * part / (whole * (1 - 1e-12))))) AS twentieths,
    -- Answers with the same confidence are taken together, since they have no order.
    together AS
    (
        SELECT
            if(method = 'RULES', 'rules', 'model') AS source,
            basis,
            if(basis = 'held', step, said.probability) AS probability,
            count() AS n, countIf(state = 'confirmed') AS right_n,
            sum(if(basis = 'audit', 1 / audit_probability, 1)) AS weight,
            sumIf(if(basis = 'audit', 1 / audit_probability, 1), state = 'confirmed') AS weight_right,
            sum(if(basis = 'audit', 1 / pow(audit_probability, 2), 1)) AS weight_squared
        FROM
        (
{{ judgements(renamed=RENAMED) }}
        ) AS said
        ARRAY JOIN ['verified', 'audit', 'held'] AS basis
        WHERE categorized_at >= {since:DateTime64(3, 'UTC')} AND if(basis = 'audit', audits, stands)
            AND method != 'OVERRIDE'
            AND (basis = 'held' OR state != 'unreviewed')
            AND ({category:String} = '' OR {category:String} = if(basis = 'held', counted_category, label_category))
        GROUP BY source, basis, probability
    ),
    ranked AS
    (
        SELECT
            *,
            sum(n) OVER all_of_it AS of_n,
            sum(weight) OVER all_of_it AS total,
            sum(weight) OVER surest AS covered,
            sum(weight - weight_right) OVER surest AS covered_wrong,
            sum(weight) OVER surer AS covered_before,
            -- Not quite 0 or 1: otherwise one error with confidence 1 would make the loss infinite.
            least(greatest(probability, 2.220446049250313e-16), 1 - 2.220446049250313e-16) AS kept
        FROM together
        WINDOW
            all_of_it AS (PARTITION BY source, basis),
            surest AS (
                PARTITION BY source, basis ORDER BY probability DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
            surer AS (
                PARTITION BY source, basis ORDER BY probability DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    )
SELECT
    source,
    basis,
    kind,
    position,
    sum(ranked.n) AS n,
    any(of_n) AS of_n,
    min(probability) AS lowest,
    max(probability) AS highest,
    sum(ranked.right_n) AS right_n,
    sum(weight) AS stands_for,
    sum(ranked.weight_right) AS weight_right,
    sum(ranked.weight_squared) AS weight_squared,
    sum(weight * probability) / stands_for AS mean_confidence,
    sum(ranked.weight_right * pow(1 - probability, 2) + (weight - ranked.weight_right) * pow(probability, 2))
        / stands_for AS brier,
    -sum(ranked.weight_right * log(kept) + (weight - ranked.weight_right) * log(1 - kept)) / stands_for AS log_loss,
    sum(weight * covered_wrong / covered) / stands_for AS aurc,
    min(covered / total) AS coverage,
    argMin(covered_wrong / covered, covered) AS risk
FROM ranked
ARRAY JOIN if(basis = 'held', [('held', toInt32(probability))], arrayConcat(
    [('all', toInt32(0))],
    [('width', toInt32(least(14, floor(probability * 15))))],
    [('mass', toInt32(least(14, floor(15 * (total - covered) / total + 1e-9))))],
    arrayMap(
        reached -> ('coverage', toInt32(reached)),
        range(twentieths(covered_before, total) + 1, twentieths(covered, total) + 1))
)) AS kind_and_position
GROUP BY source, basis, kind_and_position.1 AS kind, kind_and_position.2 AS position
ORDER BY source, basis, kind, position
