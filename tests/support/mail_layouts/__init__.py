"""Mails as clients build them around a question."""
