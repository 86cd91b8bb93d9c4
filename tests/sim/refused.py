"""How the broker in memory says no."""

from confluent_kafka import KafkaError


class Refused(Exception):
    """The broker's answer is this error."""

    def __init__(self, code: int) -> None:
        super().__init__(KafkaError(code).name())
        self.code = code
