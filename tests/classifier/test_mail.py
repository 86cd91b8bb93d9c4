"""Mail around a question: what it costs the reference model."""

from statistics import mean

from tests.classifier.conftest import Trained
from tests.mail_figures import all_layouts, losses

# A hundred tickets tell a loss of 0.01 from none, and take seconds instead of minutes.
EACH = 26


def test_mail_costs_hardly_any_accuracy(banking: Trained) -> None:
    """Of the first sets of layouts, no more than 0.01 of the right categories in the mean.

    The worst may lose five tickets of a hundred here; `tests.mail_figures` measures it with all tickets.
    """
    bench = banking.bench[::EACH]

    found = [loss for layouts in all_layouts()[:2] for loss in losses(banking.model, bench, layouts)]

    assert mean(one.loss for one in found) <= 0.01
    assert max(found).loss <= 0.05
