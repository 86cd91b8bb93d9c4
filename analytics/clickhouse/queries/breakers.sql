-- Each breaker within a window: how often it opened, and how long it was open. Its state at the beginning of the window is
-- that of the last change before.
SELECT
    name,
    instance,
    countIf(since >= toDateTime64({from:DateTime64(6, 'UTC')}, 6)) AS changes,
    countIf(state = 'open' AND since >= toDateTime64({from:DateTime64(6, 'UTC')}, 6)) AS openings,
    sumIf(dateDiff('microsecond', held_from, held_until), state = 'open') / 1e6 AS open_s,
    argMax(state, since) AS last_state
FROM
(
    SELECT
        *,
        greatest(since, toDateTime64({from:DateTime64(6, 'UTC')}, 6)) AS held_from,
        greatest(held_from, leadInFrame(since, 1, {to:DateTime64(6, 'UTC')}) OVER (
            PARTITION BY name, instance ORDER BY since ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING))
            AS held_until
    FROM breakers
    WHERE since < {to:DateTime64(6, 'UTC')}
)
GROUP BY name, instance
HAVING changes > 0 OR open_s > 0
ORDER BY name, instance
