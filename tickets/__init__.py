"""Tickets as people send them: their texts, and the files that they come in. Imports nothing of ours."""
