{% from "parts/judgements_since.sql" import judgements_since %}
{% from "parts/labels.sql" import RENAMED, labels_of_today %}
{% macro judged_twice() %}
        SELECT event_id
        FROM _judgements
        WHERE month >= toYYYYMM({since:DateTime64(3, 'UTC')}) AND categorized_at >= {since:DateTime64(3, 'UTC')}
            AND origin != 'IMPORT'
        GROUP BY event_id
        HAVING uniqExact(correction_id) > 1
{%- endmacro %}
-- Answers that two people judged, and on how many of them they agree. Of each person the last judgement counts, of more
-- than two people the first two. Who is not known, or typed the name, is nobody.
WITH
    {{ labels_of_today(RENAMED) }}
SELECT count() AS n, countIf(said[1].2 = said[2].2) AS agreed
FROM
(
    SELECT event_id, arraySort(groupArray((first_at, label, person))) AS said
    FROM
    (
        SELECT
            event_id, person,
            min(corrected_at) AS first_at,
            argMax(given, (corrected_at, correction_id)) AS last_given,
            argMax(has_subcategory, (corrected_at, correction_id)) AS is_whole,
            if({level:String} = 'category', category_of(last_given), last_given) AS label,
            any(answered_category) AS category
        FROM
        (
            SELECT
                event_id, correction_id, corrected_at,
                category_of(today(answered_path)) AS answered_category,
                today(given_path) AS given,
                given_subcategory IS NOT NULL AS has_subcategory
            FROM
            (
{{ judgements_since() }}
            ) AS judgements_since
            WHERE categorized_at >= {since:DateTime64(3, 'UTC')} AND event_id IN
            (
{{ judged_twice() }}
            )
        ) AS judged
        INNER JOIN
        (
            SELECT event_id AS correction_id, 
                -- As analytics/store/persons.py tells people apart, but for rare letters.
                trimBoth(replaceRegexpAll(lowerUTF8(assumeNotNull(corrected_by)), '\\s+', ' ')) AS person
            FROM _corrections
            WHERE corrected_by IS NOT NULL AND person != '' AND NOT startsWith(person, 'typed:')
                AND origin != 'IMPORT' AND ticket_id IN
                (
                    SELECT ticket_id
                    FROM _judgements
                    WHERE month >= toYYYYMM({since:DateTime64(3, 'UTC')}) AND event_id IN
                    (
{{ judged_twice() }}
                    )
                )
            ORDER BY record_offset DESC
            LIMIT 1 BY ticket_id, event_id
        ) AS people USING (correction_id)
        GROUP BY event_id, person
    )
    -- Who judged the category alone says nothing of the subcategory.
    WHERE ({level:String} = 'category' OR is_whole)
        AND ({category:String} = '' OR category = {category:String})
    GROUP BY event_id
    HAVING length(said) > 1
)
