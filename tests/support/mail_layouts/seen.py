"""Twelve layouts that were at hand while the cleaning was written. The others, `unseen`, were written apart "
"from it."""

from collections.abc import Callable
from html import escape
from textwrap import wrap
from typing import NamedTuple

Wrap = Callable[[str], tuple[str, str]]

_DISCLAIMER = (
    "This e-mail and any attachments are confidential and intended solely for the addressee. If you are not "
    "the intended "
    "recipient, please notify the sender and delete this message. Any disclosure or copying is prohibited."
)
_AVISO = (
    "Este mensaje y sus adjuntos son confidenciales y van dirigidos exclusivamente a su destinatario. Si usted lo ha "
    "recibido por error, notifíquelo al remitente y bórrelo; queda prohibida su divulgación."
)


class Seen(NamedTuple):
    """One layout: its name, its language, and what makes subject and body of a question."""

    name: str
    language: str
    wrap: Wrap


def _gmail_reply(question: str) -> tuple[str, str]:
    return "Re: Your request", (
        f'<div dir="ltr"><div>{escape(question)}</div></div><br><div class="gmail_quote gmail_quote_container">'
        '<div dir="ltr" class="gmail_attr">On Mon, Nov 2, 2026 at 10:02 AM Help Desk &lt;<a '
        'href="mailto:help@bank.example">'
        'help@bank.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex">'
        "<div>Dear customer, your transfer was cancelled. You may delete your account.</div></blockquote></div>"
    )


def _gmail_signature(question: str) -> tuple[str, str]:
    return "Consulta", (
        f'<div dir="ltr"><div>Hola,</div><div><br></div><div>{escape(question)}</div><div><br></div>'
        '<span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature" '
        'data-smartmail="gmail_signature"><div dir="ltr"><b>Lucía Ferrer</b><div>Compras, Talleres Ebro S.L.</div>'
        "<div>+34 976 55 01 42</div></div></div></div>"
    )


def _outlook_desktop(question: str) -> tuple[str, str]:
    style = (
        "<style><!--\n/* Font Definitions */\n@font-face {font-family:Calibri;}\np.MsoNormal {margin:0cm;}\n--></style>"
    )
    return "RE: Ticket 4711", (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>'
        f'{style}</head><body lang="EN-GB" link="#0563C1"><div class="WordSection1"><p '
        'class="MsoNormal">Hello,<o:p></o:p></p>'
        f'<p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">{escape(question)}<o:p></o:p></p>'
        '<p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">Kind regards<o:p></o:p></p>'
        '<p class="MsoNormal">Peter Holm<o:p></o:p></p><p class="MsoNormal">Facilities Manager | Holm &amp; '
        "Sons<o:p></o:p></p>"
        '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p '
        'class="MsoNormal"><b>'
        "From:</b> Help Desk &lt;help@bank.example&gt;<br><b>Sent:</b> 2 November 2026 10:02<br><b>To:</b> "
        "Peter Holm<br>"
        "<b>Subject:</b> Ticket 4711</p></div></div><p class=MsoNormal>We have cancelled the "
        "transfer.</p></div></body></html>"
    )


def _outlook_web(question: str) -> tuple[str, str]:
    return "RE: Incidencia", (
        f'<html><head></head><body><div class="elementToProof" style="font-family: Aptos">{escape(question)}</div>'
        '<div id="appendonsend"></div><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg" dir="ltr">'
        "<b>De:</b> Ayuda &lt;ayuda@banco.example&gt;<br><b>Enviado:</b> lunes, 2 de noviembre de 2026 "
        "10:02<br><b>Para:</b> "
        "Ana &lt;ana@correo.example&gt;<br><b>Asunto:</b> Incidencia</div><div>Su cuenta se ha "
        "cerrado.</div></body></html>"
    )


def _apple(question: str) -> tuple[str, str]:
    return "Re: Help", (
        f'<html><head></head><body dir="auto">{escape(question)}<br><br><div dir="ltr">Sent from my iPhone</div>'
        '<div dir="ltr"><br><blockquote type="cite">On 2 Nov 2026, at 10:02, Help Desk '
        "&lt;help@bank.example&gt; wrote:<br>"
        '<br></blockquote></div><blockquote type="cite"><div dir="ltr">Your card was '
        "blocked.</div></blockquote></body></html>"
    )


def _thunderbird(question: str) -> tuple[str, str]:
    flowed = "\n".join(wrap(question, 72))
    return "Re: Help", (
        "On 02/11/2026 10:02, Help Desk wrote:\n> Dear customer,\n> we have sent you a new PIN.\n>> I need a PIN.\n\n"
        f"{flowed}\n\n-- \nMaria Lindqvist\nLindqvist & Co\nhttps://lindqvist.example\n"
    )


def _phone(question: str) -> tuple[str, str]:
    return "Ayuda", (
        f"{question}\n\nEnviado desde mi Samsung Galaxy\n\n-------- Mensaje original --------\nDe: Ayuda "
        "<ayuda@banco.example>\n"
        "Fecha: 2/11/26 10:02 (GMT+01:00)\nPara: Ana <ana@correo.example>\nAsunto: Ayuda\n\nSu transferencia "
        "se ha anulado.\n"
    )


def _help_desk(question: str) -> tuple[str, str]:
    return "[External] Re: Request", (
        f"{question}\n\n##- Please type your reply above this line -##\n\nYour request (4711) has been updated.\n"
        "Help Desk, Nov 2, 2026: We have cancelled the transfer.\n"
    )


def _web_form(question: str) -> tuple[str, str]:
    return "New message from your website", (
        "You have received a new message from your website contact form.\n\nName: Margaret Thornbury\nEmail: "
        "margaret@ashgrove.example\n"
        f"Phone: +44 1632 960961\nMessage: {question}\n\n--\nThis e-mail was sent from a contact form on Bank "
        "(https://bank.example)\n"
    )


def _formulario(question: str) -> tuple[str, str]:
    return "Nuevo mensaje", (
        "Nombre: Jorge Pinto\r\nCorreo electrónico: jorge@correo.example\r\nTeléfono: 976 55 01 "
        f"43\r\nMensaje:\r\n{question}\r\n\r\n"
        "Este correo ha sido enviado desde el formulario de contacto de https://banco.example\r\n"
    )


def _signature(question: str) -> tuple[str, str]:
    return "", (
        f"{question}\n\nBest regards,\nMargaret Thornbury\nHead of Procurement, Ashgrove Interiors Ltd\n"
        f"Tel +44 1632 960961 | www.ashgrove-interiors.example\n\n{_DISCLAIMER}\n"
    )


def _firma(question: str) -> tuple[str, str]:
    return "", (
        f"Buenos días:\n\n{question}\n\nUn saludo,\nTomás Rubio\nJefe de compras - Maderas Rubio S.A.\n"
        f"Tel.: 976 55 01 44 - tomas@rubio.example\n\n{_AVISO}\n\nAntes de imprimir este correo, piense en el "
        "medio ambiente.\n"
    )


SEEN = (
    Seen("Gmail, reply above", "en", _gmail_reply),
    Seen("Gmail, signature", "es", _gmail_signature),
    Seen("Outlook for Windows", "en", _outlook_desktop),
    Seen("Outlook on the web", "es", _outlook_web),
    Seen("Apple Mail on a phone", "en", _apple),
    Seen("Thunderbird, reply below", "en", _thunderbird),
    Seen("Samsung phone", "es", _phone),
    Seen("help desk, reply above the line", "en", _help_desk),
    Seen("web form", "en", _web_form),
    Seen("web form", "es", _formulario),
    Seen("signature and disclaimer", "en", _signature),
    Seen("signature and disclaimer", "es", _firma),
)
