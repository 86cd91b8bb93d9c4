{#- Labels in use today.

`renamed` maps labels (category, or category/subcategory) to those that they became, so that a label and its later name are
one. -#}

{#- The map as the queries get it: the driver would write a mapping as JSON, which ClickHouse does not read as one. -#}
{%- set RENAMED = "mapFromArrays({renamed_from:Array(String)}, {renamed_to:Array(String)})" -%}

{#- Definitions for a WITH clause. -#}

{%- macro labels_of_today(renamed) -%}
{{ renamed }} AS names,
    path -> substringIndex(path, '/', 1) AS category_of,
    path -> multiIf(
        mapContains(names, path), names[path],
        mapContains(names, category_of(path)), names[category_of(path)],
        path) AS today
{%- endmacro -%}
