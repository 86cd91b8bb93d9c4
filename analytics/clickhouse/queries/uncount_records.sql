{# A set of offsets as one of another type: a bitmap is a bitmap, whichever function made it. #}
{% macro without(column, type) %}
{{ column }} = CAST(bitmapAndnot(CAST({{ column }}, 'AggregateFunction(groupBitmap, UInt64)'), bitmapBuild((
        SELECT mapFromArrays(groupArray(place), groupArray(offsets))
        FROM
        (
            SELECT
                concat(toString(source_topic), '/', toString(source_partition)) AS place,
                groupArray(toUInt64(source_offset)) AS offsets
            FROM _forgetting WHERE run = '$run' GROUP BY place
        ))[concat(toString(source_topic), '/', toString(source_partition))])), '{{ type }}')
{%- endmacro %}
-- Takes the noted records out of the sets that count them.
{% for table in ["_answer_counts", "_confidence_counts", "_answered_records"] %}
ALTER TABLE {{ table }} UPDATE
    {{ without("offsets", "AggregateFunction(groupBitmap, UInt64)") }}
{%- if table == "_answered_records" %},
    {{ without("drawn", "AggregateFunction(groupBitmapIf, UInt64, UInt8)") }}
{%- endif %}

WHERE (source_topic, source_partition) IN (SELECT source_topic, source_partition FROM _forgetting WHERE run = '$run')
SETTINGS mutations_sync = 0
{{ ";" if not loop.last }}
{% endfor %}
