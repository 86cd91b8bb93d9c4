"""The probability that a ticket is written in a language that the model has learned.

A linear model of n-grams gives a confident answer to a text in an unknown language: the few fragments that it shares
with the known language decide. The share of unknown words identifies such texts. But a share means little without the
number of words (one unknown word of one, or thirty of thirty), so two explanations are weighed by Bayes' rule:

- *known language*: the text's rate of unknown words comes from Beta(a, b), fitted to tickets held out of training.
  The counts are then beta-binomial (J. G. Skellam, "A probability distribution derived from the binomial distribution
  by regarding the probability of success as variable between the sets of trials", JRSS B 10(2), 1948).
- *unseen language*: all that is known of that rate is that it is higher; it is uniform between the mean of the first
  and 1. (Uniform from 0, it would explain a long text without any unknown word better than the first.)

With w, the posterior probability of the first, the law of total probability gives
P(label | text) = w * P(label | text, known) + (1 - w) * P(label), where P(label) is the label's share in training. The
answer to a text in an unknown language is the distribution of the labels in training.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import betaincc, betaln, expit, logit

from classifier.features import WordCounts

UNSEEN_PRIOR = 0.01
"""Assumed share of tickets in an unseen language. Its exact value hardly matters: a few words decide."""

ENOUGH_TEXTS = 100


class Familiarity(NamedTuple):
    """The rate of unknown words among tickets of the known languages, as Beta(a, b)."""

    a: float
    b: float

    @classmethod
    def fit(cls, counts: WordCounts) -> "Familiarity":
        """Maximum likelihood of the beta-binomial, over texts that the vocabulary was not learned from.

        With fewer than ENOUGH_TEXTS texts the result is Beta(1, 1), which at most doubles the odds.
        """
        texts = counts.total > 0
        unknown, known = counts.unknown[texts], (counts.total - counts.unknown)[texts]
        if unknown.size < ENOUGH_TEXTS:
            return cls(1.0, 1.0)

        def negative_log_likelihood(logs: npt.NDArray[np.float64]) -> float:
            a, b = np.exp(logs)
            return -float(np.sum(betaln(unknown + a, known + b) - betaln(a, b)))

        # Without the bounds, texts without a single unknown word would drive a to 0.
        found = minimize(negative_log_likelihood, x0=[0.0, 3.0], method="L-BFGS-B", bounds=[(-3, 5), (-3, 9)])
        a, b = np.exp(found.x)
        return cls(float(a), float(b))

    def weigh(self, counts: WordCounts) -> npt.NDArray[np.float64]:
        """For each text the posterior probability, 0 to 1, that its language is known."""
        unknown, known = counts.unknown, counts.total - counts.unknown
        log_likelihood_known = betaln(unknown + self.a, known + self.b) - betaln(self.a, self.b)
        mean = self.a / (self.a + self.b)
        # The binomial likelihood, integrated over rates from the mean to 1, is the upper part of a beta function.
        upper = betaincc(unknown + 1, known + 1, mean) + np.finfo(np.float64).tiny
        log_likelihood_unseen = betaln(unknown + 1, known + 1) + np.log(upper) - np.log1p(-mean)
        evidence = log_likelihood_known - log_likelihood_unseen
        return np.asarray(expit(evidence + logit(1 - UNSEEN_PRIOR)), dtype=np.float64)
