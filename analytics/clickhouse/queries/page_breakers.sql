SELECT name, instance, state, since, failures
FROM breakers
ORDER BY since DESC
LIMIT 8
