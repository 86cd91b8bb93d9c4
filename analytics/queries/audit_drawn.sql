SELECT count() AS drawn
FROM categorizations
WHERE audit_probability > 0 AND categorized_at >= {since:DateTime64(3, 'UTC')}
