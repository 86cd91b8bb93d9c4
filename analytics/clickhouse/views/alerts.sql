CREATE OR REPLACE VIEW alerts
(
    alert_id  String COMMENT 'Id of the alert.',
    operation String COMMENT 'What is degraded, such as model_call.',
    kind      String COMMENT 'What was exceeded: p95, failure_rate, breaker_open, accuracy_drop, confidence_drift or foreign_labels.',
    instance  String COMMENT 'Process that reported it.',
    began_at  DateTime64(3, 'UTC') COMMENT 'When it began.',
    ended_at  Nullable(DateTime64(3, 'UTC')) COMMENT 'When it ended; NULL while it lasts.',
    value     Float64 COMMENT 'What was measured when it began.',
    threshold Float64 COMMENT 'The limit that the value passed.',
    samples   Int64 COMMENT 'On how many samples the value rests.',
    detail    String COMMENT 'The alert in a sentence.'
)
COMMENT 'One row per alert, with what was measured when it began.'
AS
SELECT
    s.alert_id AS alert_id,
    toString(any(s.operation)) AS operation,
    toString(any(s.kind)) AS kind,
    toString(any(s.instance)) AS instance,
    min(s.began_at) AS began_at,
    max(s.ended_at) AS ended_at,
    argMin(s.value, s.state = 'ENDED') AS value,
    argMin(s.threshold, s.state = 'ENDED') AS threshold,
    argMin(s.samples, s.state = 'ENDED') AS samples,
    argMin(s.detail, s.state = 'ENDED') AS detail
FROM _alert_events AS s FINAL
GROUP BY s.alert_id
