"""What the categorizer is measured beside: the same work, done by other means."""
