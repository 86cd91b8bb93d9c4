{% from "parts/labels.sql" import RENAMED, labels_of_today %}
-- Input records that the model answered since a moment with confidences that were not calibrated, and the last such answer.
WITH
    {{ labels_of_today(RENAMED) }}
SELECT
    uniqExact(source_topic, source_partition, source_offset) AS answers,
    if(answers = 0, NULL, max(categorized_at)) AS latest
FROM _categorizations
WHERE categorized_at >= {since:DateTime64(3, 'UTC')} AND has(explanation, 'model.uncalibrated')
    AND ({category:String} = '' OR category_of(today(toString(category))) = {category:String})
