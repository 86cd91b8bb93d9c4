-- How many tickets were answered since a moment, and what people made of the answers.
-- The answer that counts is the one that was judged; of a ticket that nobody judged, the current one.
-- At the level of the subcategory an answer is right when both its labels are, so one whose category was corrected is
-- wrong there too; it was reviewed there only when the person named a subcategory.
SELECT
    answer_category AS category,
    answer_subcategory AS subcategory,
    answer_method AS method,
    count() AS n,
    countIf(wrong) AS corrected,
    countIf(state != 'unreviewed') AS reviewed,
    countIf(state = 'confirmed') AS confirmed
FROM
(
    SELECT
        if(label_state = 'unreviewed', category, judged_category) AS answer_category,
        if({level:String} = 'category', NULL, if(label_state = 'unreviewed', subcategory, judged_subcategory))
            AS answer_subcategory,
        if(label_state = 'unreviewed', method, judged_method) AS answer_method,
        if(label_state = 'unreviewed', categorized_at, judged_categorized_at) AS answered_at,
        if({level:String} = 'category', label_state, subcategory_state) AS state,
        label_state = 'corrected' OR state = 'corrected' AS wrong
    FROM tickets
)
WHERE answered_at >= {since:DateTime64(3, 'UTC')}
GROUP BY ALL
ORDER BY ALL
