"""The model that the tests of this folder and of others call."""

from consumer.model.attempt import Denied
from consumer.model.client import ModelClient
from tests.support.model_scripts import GOOD, TICKETS, good
from tests.support.model_server import serve


def test_calls_meant_for_an_earlier_model_on_the_same_port_change_nothing() -> None:
    """The system hands ports out again at once, and a service of another test may still call the model that it had."""
    with serve(good) as server:
        late = ModelClient(server.url.replace("/predict", "/of-an-earlier-model"))
        client = ModelClient(server.url)
        outcomes = [late.attempt(TICKETS, 20.0), client.attempt(TICKETS, 20.0), late.attempt(TICKETS, 20.0)]
        late.close()
        client.close()

    assert outcomes == [Denied(404), GOOD, Denied(404)]
    assert (len(server.asked), server.connections) == (1, 1)
