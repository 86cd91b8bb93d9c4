"""What a ticket says stays what a ticket says: one escaped user message behind a prefix that never changes."""

import html
import re
import unicodedata

import pytest

from classifier.llm import prompt
from classifier.llm.asking import Asked
from classifier.llm.chat.failures import Failure
from tests.classifier.llm.hostile import hostile_tickets
from tests.classifier.llm.parts import CODES, PREFIX, asker, in_s
from tests.llm_server import Takes, serve

HOSTILE = hostile_tickets()
_TAGS = re.compile(r"<[^<>]*>")
_OURS = re.compile(r'</?ticket>|</?subject>|<left_out characters="\d+"/>')


def test_there_are_two_hundred_hostile_tickets() -> None:
    """The list is as long as it says, and holds none twice."""
    assert len(HOSTILE) == len(set(HOSTILE)) == 200


def test_hostile_tickets_reach_the_endpoint_in_one_user_message_behind_the_same_prefix() -> None:
    """For all of them the prefix is equal byte for byte, and the answer is one of the choices."""
    with serve(CODES) as server:
        ask = asker(server).ask
        answers = [ask(subject, description, in_s(20)) for subject, description in HOSTILE]

    assert server.problems == []
    assert {body["messages"][0]["content"] for body in server.bodies} == {PREFIX}
    assert [len(body["messages"]) for body in server.bodies] == [2] * 200
    assert {answer.probabilities[0][0].code for answer in answers if isinstance(answer, Asked)} <= set(CODES)
    assert [answer for answer in answers if isinstance(answer, Failure)] == []


def test_a_model_that_obeys_a_ticket_gives_no_answer() -> None:
    """A label outside the choices is a failure for each of them, and never a label."""
    with serve(CODES, takes=Takes(schema="ignored", json_object="ignored"), choose=lambda *_: "ZZZZ") as server:
        ask = asker(server).ask
        answers = [ask(subject, description, in_s(20)) for subject, description in HOSTILE[:40]]

    assert {(answer.status, answer.code) for answer in answers if isinstance(answer, Failure)} == {
        (502, "unknown_label")
    }
    assert [answer for answer in answers if isinstance(answer, Asked)] == []


@pytest.mark.parametrize(("subject", "description"), HOSTILE)
def test_a_hostile_ticket_is_escaped_between_its_markers(subject: str, description: str) -> None:
    """Its message has one ticket, no tag but ours, no control token, nothing unseen, and no more than it may have."""
    message = prompt.user_message(subject, description)
    tags = _TAGS.findall(message)

    assert message.startswith("<ticket>\n<subject>")
    assert message.endswith("\n</ticket>")
    assert [tag for tag in tags if not _OURS.fullmatch(tag)] == []
    assert message.count("<") == message.count(">") == len(tags)
    assert (tags.count("<ticket>"), tags.count("</ticket>"), tags.count("<subject>")) == (1, 1, 1)
    assert re.findall(r"\[/?\w*[A-Z]{3}\w*\]", message) == []
    unseen = {sign for sign in message if unicodedata.category(sign) in {"Cc", "Cf", "Cs"}}
    assert unseen <= set("\n\t\u200c\u200d")
    assert len(html.unescape(message)) <= prompt.MOST_CHARS + 200
    message.encode()


@pytest.mark.parametrize(
    "text", ["a < b & c > d", "&amp; stays &lt; as it is", "[see the INVOICE-2 of <me@example.com>]", "tab\there"]
)
def test_what_a_customer_writes_can_be_read_as_it_was(text: str) -> None:
    """Escaping loses nothing of a plain text."""
    message = prompt.user_message("s", text)

    assert html.unescape(message.partition("</subject>\n")[2].removesuffix("\n</ticket>")) == text


def test_a_long_ticket_is_cut_in_the_middle_with_a_note() -> None:
    """Beginning and end are there, and how much is left out."""
    text = "begin " + "x" * 100_000 + " end"

    message = prompt.user_message("", text, 1000)

    assert message.startswith("<ticket>\n<subject></subject>\nbegin xxx")
    assert message.endswith("xxx end\n</ticket>")
    assert f'<left_out characters="{len(text) - 1000}"/>' in message
    assert 1000 <= len(message) < 1200
