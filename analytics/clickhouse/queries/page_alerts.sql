SELECT operation, kind, instance, began_at, value, threshold, detail
FROM alerts
WHERE ended_at IS NULL
ORDER BY began_at DESC
LIMIT 50
