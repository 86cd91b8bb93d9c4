-- Finds again what was judged in some tickets, of which answers or corrections were just stored.
INSERT INTO judgement_store
SETTINGS max_partitions_per_insert_block = 0
SELECT * FROM judgements_of(everything = false, tickets = {tickets:Array(String)})
