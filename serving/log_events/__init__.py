"""The catalogue of what the log says: every event, with its level, its keys, its meaning, and what to do."""
