{#- Which answer a correction judged. For a join of corrections `c` with the answers `a` to their tickets.

The answer that the correction names; else the latest that existed when it was made; else the first. A later revision never
changes what was judged. -#}

{%- macro keep_the_judged_answer() -%}
ORDER BY
    multiIf(a.event_id = c.judged_event_id, 2, a.categorized_at <= c.corrected_at, 1, 0) AS rank DESC,
    -- The latest of those that existed; the first of those that did not.
    if(rank = 1, a.source_timestamp_ms, -a.source_timestamp_ms) DESC,
    if(rank = 1, a.source_offset, -a.source_offset) DESC,
    if(rank = 1, a.revision, -a.revision) DESC
LIMIT 1 BY c.ticket_id, c.event_id
{%- endmacro -%}
