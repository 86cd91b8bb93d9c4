"""Exact bounds of a probability from successes among trials, without a library of statistics."""

from math import exp, lgamma, log, log1p

# Halving the range 0..1 this often reaches the precision of a double.
_HALVINGS = 60


def at_least(k: int, n: int, p: float) -> float:
    """Return the probability of k or more successes in n trials of probability p."""
    if k <= 0:
        return 1.0
    if p <= 0.0:
        return 0.0
    if p >= 1.0:
        return 1.0
    # Summed away from the mean, where terms shrink and underflow does no harm.
    if k > n * p:
        return _tail(k, n, p)
    return 1.0 - _tail(n - k + 1, n, 1.0 - p)


def _tail(k: int, n: int, p: float) -> float:
    """Sum k..n, for k above the mean: the first term by logarithms, each next one from the one before."""
    term = exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p))
    total, odds = term, p / (1 - p)
    for successes in range(k, n):
        term *= (n - successes) / (successes + 1) * odds
        total += term
        if term < total * 1e-17:
            break
    return total


def lower_bound(k: int, n: int, alpha: float) -> float:
    """Return the one-sided lower confidence bound of a probability, of k successes in n independent trials.

    The probability that k or more would be seen is alpha at the bound, and less below it. C. J. Clopper and E. S.
    Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika 26, 1934.

    Args:
        k: successes, 0 to n.
        n: trials.
        alpha: how often the bound may be wrong, above 0 and below 1.
    """
    if k <= 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if at_least(k, n, middle) < alpha:
            low = middle
        else:
            high = middle
    return low


def trials_to_prove(p: float, alpha: float) -> int:
    """Return how many trials without a failure prove a probability of p: the least n with p ** n <= alpha."""
    n = max(1, int(log(alpha) / log(p)))
    while p**n > alpha:
        n += 1
    return n
