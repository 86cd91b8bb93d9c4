"""What the sender of a mail says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.text.mail import said
from tickets.text.phrases import phrases

QUESTION = "I still have not received my card. What can I do?"


@pytest.mark.parametrize("closing", phrases("closings"))
def test_every_closing_ends_the_message(closing: str) -> None:
    """With a name below or beside, with capitals or without."""
    assert said(f"{QUESTION}\n\n{closing.capitalize()},\nAna Gil\nTel. 976 55 01 44") == QUESTION
    assert said(f"{QUESTION}\n{closing.title()}, Ana\n") == QUESTION


@pytest.mark.parametrize("line", phrases("sent_from"))
def test_every_line_of_a_phone_ends_the_message(line: str) -> None:
    """`Sent from my …`, in both languages."""
    assert said(f"{QUESTION}\n\n{line.capitalize()} iPhone") == QUESTION


@pytest.mark.parametrize("beginning", phrases("footer_beginnings"))
def test_every_footer_is_left_out(beginning: str) -> None:
    """A last paragraph that begins so is no part of the message."""
    assert said(f"{QUESTION}\n\n{beginning.capitalize()} and so on") == QUESTION


@pytest.mark.parametrize(
    "greeting", ["Hi,", "Hello team", "Dear Ms Holm,", "Hola:", "Buenos días,", "Estimados señores:", "Hi Anna!"]
)
def test_a_first_line_that_only_greets_is_left_out(greeting: str) -> None:
    """The message begins below."""
    assert said(f"{greeting}\n\n{QUESTION}") == QUESTION


@pytest.mark.parametrize(
    "attribution",
    [
        "On Mon, Nov 2, 2026 at 10:02 AM Help Desk <help@bank.example> wrote:",
        "On 02/11/2026 10:02, Help Desk wrote:",
        "On Mon, Nov 2, 2026 at 10:02 AM Help Desk\n<help@bank.example> wrote:",
        "El lun, 2 nov 2026 a las 10:02, Ayuda (<ayuda@banco.example>) escribió:",
        "El lunes, 2 de noviembre de 2026, 10:02:11 CET, Ayuda\n<ayuda@banco.example> escribió:",
        "En lunes, 2 de noviembre de 2026, 10:02:11 CET, Ayuda <ayuda@banco.example> escribió:",
        "Le 2 nov. 2026 à 10:02, Aide <aide@banque.example> a écrit :",
        "Am 2. November 2026 um 10:02 schrieb Hilfe <hilfe@bank.example>:",
        "2026-11-02 10:02 GMT+01:00 Help Desk <help@bank.example>:",
        "-----Original Message-----",
        "-------- Mensaje original --------",
        "From: Help Desk <help@bank.example>\nSent: 2 November 2026 10:02\nTo: Ana\nSubject: Your card",
        "De: Ayuda\nEnviado el: lunes, 2 de noviembre de 2026 10:02\nPara: Ana\nAsunto: Su tarjeta",
        "*De:* Ayuda <ayuda@banco.example>\n*Fecha:* 2 de noviembre\n*Para:* Ana\n*Asunto:* Su tarjeta",
        "________________________________\nFrom: Help <help@bank.example>\nSent: Monday\nTo: Ana\nSubject: Your card",
        "##- Please type your reply above this line -##",
        "Por favor, escriba su respuesta por encima de esta línea",
    ],
)
def test_what_stands_below_an_attribution_is_left_out(attribution: str) -> None:
    """With and without signs in front of the quoted lines."""
    assert said(f"{QUESTION}\n\n{attribution}\n\nYour account was closed.\nGoodbye.") == QUESTION
    assert said(f"{QUESTION}\n\n{attribution}\n> Your account was closed.\n>> Why?\n") == QUESTION


def test_a_reply_below_the_quote_is_the_message() -> None:
    """The quoted lines and the attribution go."""
    text = f"On 02/11/2026 10:02, Help Desk wrote:\n> Your account was closed.\n\n{QUESTION}\n\n-- \nAna"

    assert said(text) == QUESTION


@pytest.mark.parametrize(
    "more",
    ["I forgot: my PIN fails too.", "The PIN does not work either.", "mi PIN tampoco funciona, y lo necesito hoy"],
)
def test_a_message_that_goes_on_below_the_signature_is_kept(more: str) -> None:
    """A sentence there is the customer's."""
    assert more in said(f"{QUESTION}\n\nRegards,\nAna\n\n{more}")


def test_answers_between_quoted_lines_are_all_kept() -> None:
    """An interleaved reply has several parts."""
    text = "On 02/11/2026 10:02, Help Desk wrote:\n> Which card?\nThe blue one.\n> Since when?\nSince Monday.\n"

    assert said(text) == "The blue one.\nSince Monday."


def test_a_forwarded_message_is_the_message() -> None:
    """Its headers go, and its own signature."""
    text = (
        "---------- Forwarded message ---------\nFrom: Ana <ana@mail.example>\nDate: Mon, Nov 2, 2026 at 10:02\n"
        f"Subject: card\nTo: <me@bank.example>\n\n{QUESTION}\n\nKind regards\nAna\n"
    )

    assert said(text) == QUESTION
    assert said(f"Can you help?\n\n{text}") == f"Can you help?\n\n{QUESTION}"


def test_the_fields_of_a_form_are_left_out() -> None:
    """Subject and message are the customer's."""
    text = (
        f"Name: Ana\nEmail: ana@mail.example\nSubject: Card\nMessage: {QUESTION}\nIt is blue.\nIP address: 192.0.2.7\n"
    )

    assert said(text) == f"{QUESTION}\nIt is blue.\nCard"


@pytest.mark.parametrize(
    "text",
    [
        "> Your account was closed.\n> Goodbye.",
        "On 02/11/2026 10:02, Help Desk wrote:\n> Your account was closed.",
        "-- \nAna Gil\nTel. 976 55 01 44",
        "Best regards,\nAna Gil",
        "Hello,\n",
        "This e-mail is confidential and intended solely for the addressee.\nDelete it.",
        "Sent from my iPhone\n",
        "From: a@b.example\nSent: Monday 10:00\nTo: c@d.example\nSubject: x\n",
    ],
)
def test_a_text_of_nothing_but_mail_stays_as_it_is(text: str) -> None:
    """Only a quote, only a signature, only a footer: better than nothing."""
    assert said(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Hello,\nThanks, I tried that but the card still does not work.\nWhat should I do?",
        "My card fails.\nThanks\nI tried it at two machines and both said no. What now?",
        "It does three things:\n- it beeps\n- it stops\n- it says no",
        "The steps were\n--\nopen the app, press pay, and then it closed itself again. Why?\n--",
        "On Monday your agent wrote that I must pay.\nIs that right?",
        "This transfer never came:\nFrom: main account\nTo: savings\nDate: Monday\nSubject: rent\nWhere is my money?",
        "Please change my address to:\nAna Gil\nCalle Mayor 1\n28013 Madrid\nand confirm it, please. Thank you.",
        "The terms say\n> Refunds are made in 30 days.\nand today is day 45.",
        "De nada sirve.\nEl botón no hace nada.\nGracias a la aplicación no puedo pagar, ¿qué hago?",
    ],
)
def test_what_only_looks_like_mail_is_kept(text: str) -> None:
    """Every line that says something stays, but for the greeting."""
    kept = said(text)

    assert kept.split() == text.removeprefix("Hello,\n").split()


@pytest.mark.parametrize("sign", ["PS:", "P.S.", "P. S.", "PS", "PD:", "P.D.", "Posdata:"])
def test_a_postscript_belongs_to_the_message(sign: str) -> None:
    """What stands below the signature and says so is kept, with all that follows."""
    postscript = f"{sign} my PIN does not work either.\n\nI tried two machines."

    assert said(f"{QUESTION}\n\nRegards,\nAna\n\n{postscript}") == f"{QUESTION}\n\n{postscript}"


LINES = st.sampled_from(
    [
        "",
        QUESTION,
        "Hello,",
        "Thanks",
        "Best regards,",
        "Ana Gil",
        "-- ",
        "> quoted",
        ">> twice",
        "On 1/2/2026, Ana wrote:",
        "From: a@b.example",
        "Sent: Monday 10:00",
        "To: c",
        "Subject: x",
        "-----Original Message-----",
        "Name: Ana",
        "Email: a@b.example",
        "Message: hello",
        "Sent from my iPhone",
        "PS: more",
        "________________________________",
        "Begin forwarded message:",
        "This e-mail is confidential, intended for the recipient; delete it.",
        "\u200b",
        "##-",
    ]
)


@given(st.lists(LINES | st.text(max_size=30), max_size=14))
def test_something_is_always_left_and_no_word_is_invented(lines: list[str]) -> None:
    """Whatever the order of the parts: the result has words when the text has, and only words of the text."""
    text = "\n".join(lines)

    kept = said(text)

    assert any(map(str.isalnum, kept)) == any(map(str.isalnum, text))
    assert set(kept.split()) <= {
        word
        for line in text.splitlines()
        for part in (line, line.lstrip("|> "), line.partition(":")[2])
        for word in part.split()
    }
