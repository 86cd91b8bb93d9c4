"""The real ClickHouse engine (chdb) behind ClickHouse's own HTTP interface.

`python -m sandbox.clickhouse --data DIR` serves the ordinary clients: clickhouse-connect, curl, Grafana.
It is for one machine and one user: it listens on 127.0.0.1, refuses what web pages send, and knows only the user
`default` without a password. That user works with tables only: `access.py` says how files, the network and programs are
refused.

Differences from a server: requests share no session, so `session_id` is accepted and has no effect. Results are sent
when they are complete. Rows behind VALUES are values, no expressions: use INSERT … SELECT for these. ClickHouse's block
compression (`compress=1`, `decompress=1`) is refused; `Content-Encoding` and `Accept-Encoding` are understood.
"""
