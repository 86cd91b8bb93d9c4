"""Figures for people: each report asks ClickHouse and returns a `Report` that the command line shows."""
