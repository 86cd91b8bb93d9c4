-- Which of these tickets a person judged.
SELECT DISTINCT ticket_id
FROM _corrections
WHERE ticket_id IN {tickets:Array(String)}
