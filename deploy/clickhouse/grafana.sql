-- Who looks at dashboards reads everything but what customers wrote. Run when ClickHouse's volume is made.
CREATE USER IF NOT EXISTS grafana IDENTIFIED BY 'grafana';
GRANT SELECT ON ticketstream.* TO grafana;
REVOKE SELECT ON ticketstream.ticket_texts FROM grafana;
REVOKE SELECT ON ticketstream._ticket_texts FROM grafana;
