"""Where telemetry and alerts go in tests."""

from consumer.kafka.records import Message


class Offered:
    """Keeps what is offered, unless it is full."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.full = False
        self.flushed_for_s: list[float] = []

    def offer(self, message: Message) -> bool:
        if not self.full:
            self.messages.append(message)
        return not self.full

    def hear(self, now: float) -> None:
        pass

    def flush(self, timeout_s: float) -> int:
        self.flushed_for_s.append(timeout_s)
        return 0
