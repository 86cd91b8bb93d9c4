"""What the commands log."""

from consumer import logs


def log_warnings() -> None:
    """Log warnings to standard error: standard output is for results. The service logs more, as its settings say."""
    logs.configure("auto", "warning")
