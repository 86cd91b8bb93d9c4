"""The page: what ClickHouse knows and how the service is, for people, live in a browser."""
