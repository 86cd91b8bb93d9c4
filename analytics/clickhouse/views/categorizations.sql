{% from "parts/answers.sql" import columns, fields %}
CREATE OR REPLACE VIEW categorizations
(
    {{ columns() }}
)
COMMENT 'One row per revision of one input record: every answer that was given.'
AS
SELECT
    {{ fields() }}
FROM _categorizations FINAL
