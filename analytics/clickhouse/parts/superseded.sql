{#- For which input records an answer of this revision does not count as an answer that nobody judged: those of which a
person judged any answer, and those that were answered again later.

For the answers given since a moment. Answers given earlier on the day of the moment are included, which does not matter. -#}
{%- from "parts/judgements_since.sql" import judgements_since -%}

{#- Those alone that were answered again later. -#}
{%- macro answered_again_since() -%}
    SELECT source_topic, source_partition, toInt32(lower) AS revision, offsets
    FROM _answered_records
    ARRAY JOIN range(toUInt32(_answered_records.revision)) AS lower
    WHERE _answered_records.revision > 0 AND day >= toDate({since:DateTime64(3, 'UTC')}, 'UTC')
{%- endmacro -%}

{%- macro superseded_since() -%}
SELECT source_topic, source_partition, revision, groupBitmapMergeState(offsets) AS offsets
FROM
(
    SELECT source_topic, source_partition, revision, offsets
    FROM
    (
        SELECT source_topic, source_partition, groupBitmapState(toUInt64(source_offset)) AS offsets
        -- One judgement of each judged record stands, so all of them name the same records.
        FROM
        (
{{ judgements_since() }}
        ) AS judgements_since
        GROUP BY source_topic, source_partition
    ) AS judged
    INNER JOIN
    (
        SELECT DISTINCT source_topic, source_partition, revision
        FROM _answered_records
        WHERE day >= toDate({since:DateTime64(3, 'UTC')}, 'UTC')
    ) AS given USING (source_topic, source_partition)
    UNION ALL
{{ answered_again_since() }}
)
GROUP BY source_topic, source_partition, revision
{%- endmacro -%}
