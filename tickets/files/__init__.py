"""Rows of tickets from exports: CSV and JSON, in any encoding, under any column names."""
