"""The programs with which the categorizer is compared: they do the same work by other means."""
