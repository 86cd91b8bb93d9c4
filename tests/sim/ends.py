"""Ways in which a process ends: `ENDS` are the fault of no record that it has in hand, those that begin `dies_` are."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException

from consumer.categorizer.envelope import Envelope
from consumer.categorizer.model_callers import PendingText, TextReply
from consumer.kafka.records import Message, Record
from tests.sim.categorizer import DEADLY, CategorizerProcess
from tests.sim.line import Killed, Refusal, Request
from tests.sim.process import Process

# What a process does to itself before it starts.
Befalls = Callable[[Any], None]


class End(NamedTuple):
    """One way to end.

    Attributes:
        name: in the test's name.
        befalls: makes a process end so.
        turns: after so many it is told to stop, unless it has ended by then.
    """

    name: str
    befalls: Befalls
    turns: int = 8


def _put(part: object, call: str, by: Callable[..., Any]) -> None:
    """In the place of one call of one part of one process."""
    setattr(part, call, by)


class RefusedPoll(NamedTuple):
    """What a poll brings when the broker refuses it."""

    code: int

    def error(self) -> KafkaError:
        return KafkaError(self.code)

    def topic(self) -> str:
        return "input"


def refused(request: Request, code: int) -> Befalls:
    """The broker answers each such request with an error, once markers are written."""

    def befalls(process: Process) -> None:
        is_of_markers = request in {Request.OFFSETS, Request.END}
        process.line.refusals[request] = Refusal(code, process.marker_transactions if is_of_markers else 0)

    return befalls


def client_fails(call: str, code: int) -> Befalls:
    """The consumer's call fails."""

    def fails(*_: object, **__: object) -> None:
        raise KafkaException(KafkaError(code))

    return lambda process: _put(process.consumer, call, fails)


def poll_is_refused_later(code: int) -> Befalls:
    """The first poll brings records, and the fourth an error."""

    def befalls(process: Process) -> None:
        poll, polls = process.consumer.poll, iter(range(3))

        def refusing(timeout_s: float) -> object:
            return RefusedPoll(code) if next(polls, None) is None else poll(timeout_s)

        _put(process.consumer, "poll", refusing)

    return befalls


def unforeseen(*_: object, **__: object) -> None:
    """Something of ours fails."""
    raise ZeroDivisionError


def crashes(*_: object, **__: object) -> None:
    """The client library ends the process."""
    raise Killed


def breaks(part: str, call: str, how: Callable[..., None] = unforeseen) -> Befalls:
    """A call of one of the process's parts fails."""

    def befalls(process: Process) -> None:
        _put(getattr(process, part), call, how)

    return befalls


def commit_fails(process: Process) -> None:
    """Our own code fails as it commits, once markers are written."""
    commit, markers = process.committer.commit, iter(range(process.marker_transactions))

    def failing(*given: Any) -> bool:
        if next(markers, None) is None:
            unforeseen()
        return commit(*given)

    _put(process.committer, "commit", failing)


def both(*ends: Befalls) -> Befalls:
    def befalls(process: Process) -> None:
        for end in ends:
            end(process)

    return befalls


def revoked_meanwhile(then: Befalls) -> Befalls:
    """Its partitions go within its third poll, and what follows from that fails."""

    def befalls(process: Process) -> None:
        then(process)
        consumer = process.consumer
        poll, polls = consumer.poll, iter(range(2))

        def revoking(timeout_s: float) -> object:
            if next(polls, None) is None:
                consumer._gone("revoke", set(consumer._held))
            return poll(timeout_s)

        _put(consumer, "poll", revoking)

    return befalls


def dies_reading(how: Callable[..., Any]) -> Befalls:
    """As it reads a certain record."""

    def befalls(process: CategorizerProcess) -> None:
        reader = process.categorizer._intake._reader
        read = reader.read

        def deadly(record: Record, now: float, received_us: int) -> Envelope:
            return how() if record.key == DEADLY else read(record, now, received_us)

        _put(reader, "read", deadly)

    return befalls


def dies_answering(how: Callable[..., Any]) -> Befalls:
    """As it takes the answer to a certain ticket."""

    def befalls(process: CategorizerProcess) -> None:
        answerer = process.categorizer._in_flight._answerer
        take = answerer.take

        def deadly(envelope: Envelope) -> None:
            how() if envelope.record.key == DEADLY else take(envelope)

        _put(answerer, "take", deadly)

    return befalls


def dies_long_after_asking(how: Callable[..., Any]) -> Befalls:
    """Some turns after the model was asked for a certain ticket, which it does not answer."""

    def befalls(process: CategorizerProcess) -> None:
        callers = process.callers
        submit, collect = callers.submit, callers.collect
        turns = iter(range(8))
        asked: list[PendingText] = []

        def submitting(texts: Sequence[PendingText]) -> None:
            asked.extend(text for text in texts if _is_deadly(text))
            submit([text for text in texts if not _is_deadly(text)])

        def collecting() -> Sequence[TextReply]:
            if asked and next(turns, None) is None:
                how()
            return collect()

        _put(callers, "submit", submitting)
        _put(callers, "collect", collecting)

    return befalls


def _is_deadly(text: PendingText) -> bool:
    return any(envelope.record.key == DEADLY for envelope in text.waiting)


def dies_writing(how: Callable[..., Any]) -> Befalls:
    """As it makes the message for a certain ticket."""

    def befalls(process: CategorizerProcess) -> None:
        output = process.categorizer._outbox._output
        messages = output.messages

        def deadly(envelopes: list[Envelope], now: float, now_ms: int) -> list[Message]:
            held = any(each.record.key == DEADLY and not each.is_dead for each in envelopes)
            return how() if held else messages(envelopes, now, now_ms)

        _put(output, "messages", deadly)

    return befalls


COMMIT_REFUSED = refused(Request.OFFSETS, KafkaError.GROUP_AUTHORIZATION_FAILED)

ENDS = [
    *(
        End(f"{request.name}-{KafkaError(code).name()}", refused(request, code))
        for request, codes in {
            Request.INIT: (
                KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                KafkaError.INVALID_TRANSACTION_TIMEOUT,
                KafkaError.UNSUPPORTED_VERSION,
            ),
            Request.PRODUCE: (
                KafkaError.TOPIC_AUTHORIZATION_FAILED,
                KafkaError.CLUSTER_AUTHORIZATION_FAILED,
                KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                KafkaError.UNKNOWN_TOPIC_OR_PART,
                KafkaError.MSG_SIZE_TOO_LARGE,
                KafkaError.RECORD_LIST_TOO_LARGE,
                KafkaError.UNSUPPORTED_VERSION,
                KafkaError.UNSUPPORTED_FOR_MESSAGE_FORMAT,
                KafkaError.POLICY_VIOLATION,
                KafkaError.INVALID_PRODUCER_EPOCH,
                # Passing each time, so that too many transactions in a row are aborted.
                KafkaError.NOT_ENOUGH_REPLICAS,
            ),
            Request.OFFSETS: (
                KafkaError.GROUP_AUTHORIZATION_FAILED,
                KafkaError.TOPIC_AUTHORIZATION_FAILED,
                KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                KafkaError.INVALID_PRODUCER_EPOCH,
                KafkaError.ILLEGAL_GENERATION,
            ),
            Request.END: (
                KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                KafkaError.UNSUPPORTED_VERSION,
                KafkaError.INVALID_PRODUCER_EPOCH,
            ),
        }.items()
        for code in codes
    ),
    *(
        End(f"poll-{KafkaError(code).name()}", poll_is_refused_later(code))
        for code in (
            KafkaError.TOPIC_AUTHORIZATION_FAILED,
            KafkaError.GROUP_AUTHORIZATION_FAILED,
            KafkaError.SASL_AUTHENTICATION_FAILED,
            KafkaError.UNSUPPORTED_VERSION,
            KafkaError._FATAL,
        )
    ),
    End("commit-GROUP_AUTHORIZATION_FAILED", client_fails("commit", KafkaError.GROUP_AUTHORIZATION_FAILED)),
    End("committed-GROUP_AUTHORIZATION_FAILED", client_fails("committed", KafkaError.GROUP_AUTHORIZATION_FAILED)),
    End("a revoke callback that is refused", revoked_meanwhile(COMMIT_REFUSED)),
    End("a revoke callback that fails", revoked_meanwhile(commit_fails)),
    End("the observer of turns", breaks("observer", "turned")),
    End("the committer", commit_fails),
    End("the group's metadata", breaks("consumer", "consumer_group_metadata")),
    End("a stop, and the commit is refused", COMMIT_REFUSED, turns=1),
    End("a stop, and the client fails in close", breaks("consumer", "close"), turns=1),
    End("a stop, and the client crashes in close", breaks("consumer", "close", crashes), turns=1),
    End("a stop, and the producer fails in close", breaks("committer", "close"), turns=1),
    End("a stop, and the producer crashes in close", breaks("committer", "close", crashes), turns=1),
    End("a refusal, and the client fails in close", both(COMMIT_REFUSED, breaks("consumer", "close"))),
    End("a refusal, and the client crashes in close", both(COMMIT_REFUSED, breaks("consumer", "close", crashes))),
    End("a refusal, and the producer crashes in close", both(COMMIT_REFUSED, breaks("committer", "close", crashes))),
    End("a failure, and the client crashes in close", both(commit_fails, breaks("consumer", "close", crashes))),
]  # fmt: skip
