"""The library: the names of the original in-process system, built from the service's parts; see docs/library.md."""
