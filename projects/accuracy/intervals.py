"""Intervals and bounds of shares."""

from collections.abc import Sequence
from math import sqrt

from scipy.special import betaincinv

# The 97.5 % quantile of the normal distribution.
_Z = 1.959963984540054


def wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 % score interval of a share: E. B. Wilson, "Probable inference", JASA 22, 1927.

    Args:
        share: Successes divided by trials, 0 to 1.
        n: Trials, above 0; the effective number where they are not independent.
    """
    spread = _Z * _Z / n
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * sqrt(share * (1 - share) / n + spread / (4 * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def effective_n(sizes: Sequence[int]) -> float:
    """How many independent trials tell as much as groups of equal ones: L. Kish, "Survey sampling", 1965, 8.2."""
    return sum(sizes) ** 2 / sum(size * size for size in sizes)


def lower_bound(right: int, n: int, alpha: float) -> float:
    """The exact one-sided lower bound of a share: C. J. Clopper and E. S. Pearson, Biometrika 26, 1934.

    Args:
        right: Successes, 0 to `n`.
        n: Independent trials.
        alpha: How often the bound may be wrong, above 0 and below 1.
    """
    return float(betaincinv(right, n - right + 1, alpha)) if right else 0.0
