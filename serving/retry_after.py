"""How long another server asks to be left alone."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

# Ten digits are three centuries; a longer number is a mistake. The standard knows whole seconds only, but a server that
# computes them may write a fraction.
_DELAY = re.compile(r"[0-9]{1,10}(\.[0-9]{1,20})?")


def parse_retry_after(value: str, unix_s: float) -> float | None:
    """Read a Retry-After header (RFC 9110, section 10.2.3) as seconds from now.

    Args:
        value: The header: seconds, also with a fraction, or an HTTP-date in any of its three forms.
        unix_s: The wall clock, for the date.

    Returns:
        Seconds, never negative; None when the header has neither form.
    """
    text = value.strip()
    if _DELAY.fullmatch(text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    # An HTTP-date is in GMT, even if its obsolete forms do not name a time zone.
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return max(0.0, aware.timestamp() - unix_s)
    except OverflowError:
        return None
