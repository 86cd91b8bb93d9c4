"""Probabilities that come from outside, which rounding may have carried a little beyond 0 or 1.

A sum of probabilities in float32, or a softmax in float16, comes out as 1.00000536 or -1e-9. The distance in these
formats stays below one in a thousand. What is further away is no rounding.
"""

from typing import Final

LOWEST: Final = -0.001
HIGHEST: Final = 1.001


def clamped(value: float) -> float:
    """Return the nearest number from 0 to 1; NaN and what rounding cannot explain are returned as they are."""
    if LOWEST <= value < 0:
        return 0.0
    if 1 < value <= HIGHEST:
        return 1.0
    return value
