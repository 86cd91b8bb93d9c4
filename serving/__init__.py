"""What every process of ours that serves stands on: bounded connections, log lines told once, starts tried again."""
