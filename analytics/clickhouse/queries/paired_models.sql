{% from "parts/labels.sql" import RENAMED, labels_of_today %}
{% from "views/judgements.sql" import judgements %}
-- Texts that both models answered and of which a person said what they are: how many are right by both, by one, by none.
-- A text counts once, with the last answer of each model. Texts of which people say different things are left out.
WITH
    {{ labels_of_today(RENAMED) }},
    said AS
    (
        SELECT source_topic, source_partition, source_offset, revision, assumeNotNull(truth) AS said_truth
        FROM
        (
{{ judgements(renamed=RENAMED) }}
        ) AS judgements
        WHERE categorized_at >= {since:DateTime64(3, 'UTC')} AND truth IS NOT NULL
            AND if({every_judgement:Bool}, stands, audits)
    ),
    texts AS
    (
        SELECT fingerprint, any(said_truth) AS true_label
        FROM
        (
            SELECT source_topic, source_partition, source_offset, revision, fingerprint
            FROM _categorizations FINAL
            WHERE categorized_at >= {since:DateTime64(3, 'UTC')}
                AND (source_topic, source_partition, source_offset, revision) IN
                    (SELECT source_topic, source_partition, source_offset, revision FROM said)
        ) AS answers
        INNER JOIN said USING (source_topic, source_partition, source_offset, revision)
        GROUP BY fingerprint
        HAVING uniqExact(said_truth) = 1
    ),
    answered AS
    (
        SELECT
            fingerprint,
            argMaxIf(path, (categorized_at, event_id), model = {model_a:String}) AS by_a,
            argMaxIf(path, (categorized_at, event_id), model = {model_b:String}) AS by_b
        FROM
        (
            SELECT
                fingerprint, model, categorized_at, event_id,
                today(if(subcategory IS NULL, toString(category), concat(category, '/', assumeNotNull(subcategory))))
                    AS whole,
                if({level:String} = 'category', category_of(whole), whole) AS path
            FROM _categorizations FINAL
            WHERE categorized_at >= {since:DateTime64(3, 'UTC')} AND model IN ({model_a:String}, {model_b:String})
                AND fingerprint IN (SELECT fingerprint FROM texts)
        )
        GROUP BY fingerprint
        HAVING uniqExact(model) = 2
    )
SELECT
    count() AS n,
    countIf(by_a = true_label AND by_b = true_label) AS both,
    countIf(by_a = true_label AND by_b != true_label) AS only_a,
    countIf(by_a != true_label AND by_b = true_label) AS only_b
FROM answered
INNER JOIN texts USING (fingerprint)
