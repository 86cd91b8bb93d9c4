{#- The number, from 1 on, of the highest confidence of this list that an answer reaches. The same list stands in
migrations/0001_tables.sql and in analytics/reports/steps.py. -#}

{%- macro confidence_step() -%}
arrayLastIndex(
        edge -> confidence >= edge,
        [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95,
         0.96, 0.97, 0.98, 0.99, 0.995])
{%- endmacro -%}
