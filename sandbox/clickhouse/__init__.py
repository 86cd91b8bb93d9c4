"""The real ClickHouse engine (chdb) behind ClickHouse's own HTTP interface.

`python -m sandbox.clickhouse --data DIR` serves the ordinary clients: clickhouse-connect, curl, Grafana.
It is for one machine and one user: it listens on 127.0.0.1, knows only the user `default` without a password,
and the engine may read local files (`file()`), as clickhouse-local may.

Differences from a server: requests share no session, so `session_id` is accepted and has no effect. Results are sent
when they are complete. ClickHouse's block compression (`compress=1`, `decompress=1`) is refused; `Content-Encoding` and
`Accept-Encoding` are understood.
"""
