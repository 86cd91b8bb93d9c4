"""The names of the original in-process system, made of the service's own parts; see docs/library.md."""
