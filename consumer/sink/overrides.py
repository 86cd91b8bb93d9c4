"""The overrides that follow from what ClickHouse holds, as records of `ticket-overrides`.

Nothing is remembered but what spares work: who asks again decides the same. So a process that dies between storing and
committing writes the same records again, and so does another worker.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from analytics.clickhouse.client import Client
from analytics.store.forgotten import hashed
from analytics.store.judged_fingerprints import (
    Asking,
    Corrections,
    JudgedText,
    corrections_of_persons,
    judged_texts,
    names_of_persons,
    removed,
    texts_of,
    texts_of_persons,
)
from analytics.store.judging import pieces
from analytics.store.persons import person
from consumer.answer.override_record import encode, key_of, scope_of
from consumer.answer.taxonomy import load_taxonomy
from consumer.config.settings import Settings
from consumer.kafka import admin
from consumer.kafka.records import Message
from consumer.sink.override_rule import Text, Translate, Trust, corrects, decide, is_one_sided
from consumer.sink.row_store import Deciding, NoOverrides

_DAY_MS: Final = 86_400_000
# Of somebody who turns out to be one-sided, or not to be: so many of their texts are decided again.
MOST_OF_ONE_PERSON: Final = 5_000


class Company(NamedTuple):
    """Whose overrides these are.

    Attributes:
        topic: of the overrides.
        scope: see `consumer.answer.override_record.scope_of`.
        days: after which a judgement does not count; 0 is no limit.
        translate: what labels are called now.
    """

    topic: str
    scope: str
    days: int
    translate: Translate


class Overrides:
    """Decides, and makes the records. Not thread-safe.

    Args:
        client: of the database that holds the judgements.
        company: whose overrides these are.
        now_ms: the time, in milliseconds since the epoch.
    """

    def __init__(
        self, client: Asking, company: Company, now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    ) -> None:
        self._client = client
        self._company = company
        self._now_ms = now_ms
        self._again: Collection[str] = ()
        self._written: Mapping[bytes, Message] = {}

    def after(self, tickets: Collection[str]) -> Sequence[Message]:
        """The records of all texts of these tickets that have or had an override.

        What was written for the tickets of before is looked at once more: another worker may have written at the same
        time, from less than what is stored now. It is written again only if it is not what was written.

        Raises:
            analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        """
        decided = {message.key or b"": message for message in self.of(tickets)}
        mended = {
            key: message
            for message in self.of(set(self._again).difference(tickets))
            if (key := message.key or b"") not in decided and self._written.get(key) != message
        }
        self._again = {*tickets, *(self._again if mended else ())} if decided or mended else ()
        self._written = decided | mended
        return list(self._written.values())

    def of(self, tickets: Collection[str]) -> Iterator[Message]:
        """The same for these tickets alone.

        Raises:
            analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        """
        for piece in pieces(tickets):
            yield from self._of_piece(piece)

    def of_texts(self, fingerprints: Collection[str], without: Collection[str] = ()) -> Iterator[Message]:
        """What follows for these texts; a text of which no correction is left has a tombstone.

        Args:
            fingerprints: of the texts.
            without: hashes of tickets whose judgements do not count (`analytics.store.forgotten.hashed`).

        Raises:
            analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        """
        judged = {
            text: [each for each in own if hashed(each.ticket_id) not in without]
            for text, own in judged_texts(self._client, fingerprints).items()
        }
        trust, _ = self._trust(judged, ())
        yield from self._decided(dict.fromkeys(fingerprints, True), judged, trust)

    def _of_piece(self, tickets: Sequence[str]) -> Iterator[Message]:
        texts = texts_of(self._client, tickets)
        judged = judged_texts(self._client, texts)
        wanted = {text: _has_moved(text, own, judged) for text, own in texts.items()}
        if not any(wanted.values()) and not any(corrects(each) for own in judged.values() for each in own):
            return
        trust, turned = self._trust(judged, tickets)
        if turned:
            # Whether these persons alone are enough has just changed: so may all that they have judged.
            more = texts_of_persons(self._client, turned, trust.since_ms, MOST_OF_ONE_PERSON)
            others = [text for text in more if text not in wanted]
            wanted |= dict.fromkeys(others, False)
            judged |= judged_texts(self._client, others)
            trust, _ = self._trust(judged, tickets)
        yield from self._decided(wanted, judged, trust)

    def _decided(
        self, wanted: Mapping[str, bool], judged: Mapping[str, Sequence[JudgedText]], trust: Trust
    ) -> Iterator[Message]:
        topic, scope = self._company.topic, self._company.scope
        keys = {text: key_of(scope, text) for text in wanted}
        removed_at = removed(self._client, keys.values())
        for text, or_tombstone in wanted.items():
            key = keys[text]
            override = decide(Text(scope, text, removed_at.get(key)), judged.get(text, ()), trust)
            if override is not None:
                yield Message(topic, key, encode(override))
            elif or_tombstone:
                yield Message(topic, key, None)

    def _trust(
        self, judged: Mapping[str, Sequence[JudgedText]], tickets: Sequence[str]
    ) -> tuple[Trust, Collection[str | None]]:
        """What is asked of these judgements; and who is one-sided, or not any more, because of these tickets."""
        since_ms = self._now_ms() - self._company.days * _DAY_MS if self._company.days else 0
        persons = {person(each.corrected_by) for own in judged.values() for each in own}
        # One person may be written in several ways.
        names = [name for name in names_of_persons(self._client) if person(name) in persons]
        one_sided, turned = _one_sided(corrections_of_persons(self._client, names, tickets, since_ms))
        return Trust(since_ms, one_sided, self._company.translate), turned


def _has_moved(text: str, tickets: Collection[str], judged: Mapping[str, Sequence[JudgedText]]) -> bool:
    """Whether a judgement of one of these tickets may have been of this text, and is of another of its texts now."""
    here = {each.ticket_id for each in judged.get(text, ())}
    elsewhere = {each.ticket_id for other, own in judged.items() if other != text for each in own}
    return any(ticket in elsewhere and ticket not in here for ticket in tickets)


def _one_sided(corrections: Sequence[Corrections]) -> tuple[set[str | None], set[str | None]]:
    """Who is one-sided, and the names, as they are written, of those who were not before or are not any more."""
    now: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    before: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    names: defaultdict[str | None, set[str | None]] = defaultdict(set)
    for each in corrections:
        who = person(each.corrected_by)
        names[who].add(each.corrected_by)
        now[who][each.label] += each.now
        before[who][each.label] += each.before
    one_sided = {who for who, number in now.items() if is_one_sided(number)}
    turned = {who for who in now if is_one_sided(before[who]) != (who in one_sided)}
    return one_sided, {name for who in turned for name in names[who]}


def company_of(settings: Settings) -> Company:
    """Whose overrides a process with these settings decides.

    Raises:
        InvalidTaxonomy: TAXONOMY_FILE cannot be used.
    """
    taxonomy = load_taxonomy(settings.taxonomy_file)
    scope = scope_of(taxonomy.name, settings.kafka_group_id)
    return Company(settings.topics.overrides, scope, settings.overrides_days, taxonomy.translate)


def overrides_of(settings: Settings, client: Client) -> Deciding:
    """What decides overrides with these settings; the topic is made if it is missing.

    Raises:
        InvalidTaxonomy: TAXONOMY_FILE cannot be used.
        BrokerTrouble: the topic is missing and could not be made.
    """
    if settings.overrides == "off":
        return NoOverrides()
    admin.ensure(settings, settings.topics.overrides, like=settings.topics.created)
    return Overrides(client, company_of(settings))
