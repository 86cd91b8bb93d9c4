"""A producer that was left behind is asked until its call has ended."""

import threading

from confluent_kafka import KafkaError, KafkaException

from consumer import kafka_left_behind
from tests.consumer.waiting import until


class Producer:
    """Its call ends when it was asked for the third time."""

    def __init__(self) -> None:
        self.asked = 0
        self.ended = threading.Event()

    def list_topics(self, *, timeout: float) -> None:
        assert timeout > 0
        self.asked += 1
        if self.asked < 3:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        self.ended.set()


def test_it_is_asked_until_its_call_has_ended() -> None:
    """Also while the broker is away; then nothing of it is left."""
    producer = Producer()
    call = threading.Thread(target=producer.ended.wait, daemon=True)
    call.start()

    kafka_left_behind.wake(producer, call, every_s=0.01)

    call.join(10)
    assert producer.asked == 3
    until(lambda: not [thread for thread in threading.enumerate() if thread.name == "left-behind"])
