-- By how many characters the cleaning of a ticket's text made it shorter.

ALTER TABLE _categorizations
    ADD COLUMN IF NOT EXISTS text_removed_chars Int32 DEFAULT 0 AFTER categorized_at;

ALTER TABLE _categorizations_by_ticket
    ADD COLUMN IF NOT EXISTS text_removed_chars Int32 DEFAULT 0 AFTER categorized_at;

-- The feed named the columns when it was made.
ALTER TABLE _categorizations_by_ticket_feed MODIFY QUERY SELECT * FROM _categorizations;
