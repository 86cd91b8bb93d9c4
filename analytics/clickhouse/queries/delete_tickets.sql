ALTER TABLE $table
DELETE WHERE lower(hex(SHA256(ifNull(ticket_id, '')))) IN (SELECT ticket_hash FROM _forgotten_tickets WHERE run = '$run')
SETTINGS mutations_sync = 0
