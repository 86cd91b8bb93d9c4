"""Confidence intervals of shares."""

from math import sqrt

# The 97.5 % quantile of the normal distribution: 95 % of it lies within this many deviations.
_Z = 1.959963984540054


def wilson(share: float, n: float) -> tuple[float, float]:
    """Return the 95 % score interval of a share.

    It keeps within 0 and 1 and stays honest for few trials and for shares near the ends, where share ± 2 deviations
    does neither. E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.

    Args:
        share: successes divided by trials, 0 to 1.
        n: number of trials, above 0; for weighted trials the effective number.
    """
    spread = _Z * _Z / n
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * sqrt(share * (1 - share) / n + spread / (4 * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def effective_n(weight: float, weight_squared: float) -> float:
    """Return how many trials of equal weight hold as much information.

    L. Kish, "Survey sampling", 1965, section 8.2: the square of the sum of the weights over the sum of their squares.
    """
    return weight * weight / weight_squared
