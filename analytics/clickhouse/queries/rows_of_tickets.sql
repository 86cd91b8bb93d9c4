-- How many rows the tables hold of tickets, which are named by the SHA-256 of their ids: no id comes into a query log.
{% for table in ["_categorizations", "_categorizations_by_ticket", "_corrections", "_judgements", "_telemetry",
                 "_stored_tickets", "_ticket_texts"] %}
SELECT '{{ table }}' AS table, lower(hex(SHA256(ifNull(ticket_id, '')))) AS ticket_hash, count() AS n
FROM {{ table }}
WHERE ticket_hash IN ({hashes:Array(String)})
GROUP BY ticket_hash
{{ "UNION ALL" if not loop.last }}
{% endfor %}
