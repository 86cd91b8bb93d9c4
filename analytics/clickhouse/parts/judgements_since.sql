{#- Rows of `_judgements` for answers given since a moment or within the week before it. -#}

{%- macro judgements_since() -%}
SELECT *, answered_path, given_path
FROM _judgements FINAL
WHERE month >= toYYYYMM({since:DateTime64(3, 'UTC')} - toIntervalDay(7))
    AND month = toYYYYMM(categorized_at)
    AND categorized_at >= {since:DateTime64(3, 'UTC')} - toIntervalDay(7)
-- No two rows of different months are one.
SETTINGS do_not_merge_across_partitions_select_final = 1
{%- endmacro -%}
