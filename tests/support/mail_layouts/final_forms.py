"""Replies to help desks' mails, their forms, and the notices of web forms."""

from tests.support.mail_layouts.final_mail import Mail, answered, blocks, breaks, folded, layout, link, quoted, said
from tests.support.mail_layouts.final_webmail import gmail_quote


def zendesk_reply(mail: Mail, question: str) -> str:
    """A plain reply to the desk's notice, which names the line to write above."""
    notice = (
        "##- Please type your reply above this line -##\n\n"
        f"Your request ({mail.ticket}) has been updated. To add additional comments, reply to this email.\n\n"
        f"*{mail.agent_name}* ({mail.desk_company})\n"
        f"{mail.month[:3]} {mail.at.day}, {mail.at.year}, {mail.at:%H:%M} GMT\n\n{answered(mail)}\n\n"
        f"This email is a service from {mail.desk_company}."
    )
    attribution = (
        f"On {mail.day[:3]}, {mail.at.day} {mail.month[:3]} {mail.at.year} at {mail.at:%H:%M}, {mail.desk_company}"
        f" {mail.desk} <{mail.desk_address}> wrote:"
    )
    return f"{folded(said(mail, question), 78)}\n\n{folded(attribution, 78)}\n\n{quoted(folded(notice, 76))}\n"


def zendesk_reply_spanish(mail: Mail, question: str) -> str:
    when = f"{mail.day[:3]}, {mail.at.day} {mail.month[:3]} {mail.at.year} a las {mail.clock}"
    notice = (
        '<div style="color:#b5b5b5">##- Por favor, escriba su respuesta por encima de esta línea -##</div>'
        f"<p>Su solicitud (<a>{mail.ticket}</a>) se ha actualizado. Para añadir comentarios, responda a este correo"
        f' electrónico.</p><p style="font-size:15px"><strong>{mail.agent_name}</strong> ({mail.desk_company})</p>'
        f'<p style="font-size:13px;color:#bbbbbb">{mail.at.day} {mail.month[:3]} {mail.at.year}, {mail.at:%H:%M}'
        " CET</p>"
        f'<div class="zd-comment" dir="auto">{breaks(answered(mail))}</div>'
        '<div style="color:#aaaaaa;font-size:12px">Este correo electrónico es un servicio de'
        f" {mail.desk_company}.</div>"
    )
    attribution = f"El {when}, {mail.desk} (&lt;{link(mail.desk_address)}&gt;) escribió:"
    return f'<div dir="ltr">{blocks(said(mail, question))}</div><br>{gmail_quote(attribution, notice)}\n'


def freshdesk_reply(mail: Mail, question: str) -> str:
    desk = f"{mail.desk_company} {mail.desk}"
    attribution = (
        f"On {mail.day[:3]}, {mail.at.day} {mail.month[:3]} at {mail.clock_12}, {desk} &lt;{mail.desk_address}&gt;"
    )
    text = blocks(said(mail, question), '<div dir="ltr">{}</div>')
    link_to = f"https://{mail.desk_address.partition('@')[2]}/support/tickets/{mail.ticket}"
    inner = f'{breaks(answered(mail))}<br><br><a href="{link_to}">{link_to}</a><br>'
    return (
        f'<div style="font-family:-apple-system, Helvetica Neue, sans-serif; font-size:14px">'
        f"{text}</div><br>"
        f'<div class="freshdesk_quote"><blockquote class="freshdesk_quote">{attribution} wrote:'
        f'<div class="quoted-text">{inner}</div></blockquote></div>'
    )


def freshdesk_reply_spanish(mail: Mail, question: str) -> str:
    attribution = (
        f"El {mail.day[:3]}, {mail.at.day} {mail.month[:3]} a las {mail.clock}, {mail.desk} &lt;{mail.desk_address}&gt;"
    )
    inner = f"{breaks(answered(mail))}<br><br>Ticket: {mail.ticket}<br>"
    return (
        f"<div>{blocks(said(mail, question))}</div><br>"
        f'<div class="freshdesk_quote"><blockquote class="freshdesk_quote">{attribution} escribió:'
        f'<div class="quoted-text">{inner}</div></blockquote></div>'
    )


def desk_form(mail: Mail, question: str) -> str:
    return (
        f"Name: {mail.name}\nEmail: {mail.address}\nPhone: {mail.phone}\nSubject: {mail.topic}\n"
        f"Description:\n{question}\n"
    )


def desk_form_spanish(mail: Mail, question: str) -> str:
    return (
        f"Nombre: {mail.name}\nCorreo electrónico: {mail.address}\nTeléfono: {mail.phone}\nAsunto: {mail.topic}\n"
        f"Descripción:\n{question}\n"
    )


def wordpress_form(mail: Mail, question: str) -> str:
    """The plugin's older versions write the first of the two footers, newer ones the second."""
    url = f"https://{mail.desk_address.partition('@')[2]}"
    footer = (
        f"This e-mail was sent from a contact form on {mail.desk_company} ({url})",
        f"This is a notification that a contact form was submitted on your website ({mail.desk_company} {url}).",
    )[mail.ticket % 2]
    return f"From: {mail.name} <{mail.address}>\nSubject: {mail.topic}\n\nMessage Body:\n{question}\n\n-- \n{footer}\n"


def wordpress_form_spanish(mail: Mail, question: str) -> str:
    url = f"https://{mail.desk_address.partition('@')[2]}"
    footer = (
        f"Este mensaje se ha enviado desde un formulario de contacto en {mail.desk_company} ({url})",
        f"Esto es un aviso de que se ha enviado un formulario de contacto en tu web ({mail.desk_company} {url}).",
    )[mail.ticket % 2]
    return (
        f"De: {mail.name} <{mail.address}>\nAsunto: {mail.topic}\n\nCuerpo del mensaje:\n{question}\n\n-- \n{footer}\n"
    )


def shop_form(mail: Mail, question: str) -> str:
    return (
        "You received a new message from your online store's contact form.\n\nCountry Code:\nGB\n\n"
        f"Name:\n{mail.name}\n\nEmail:\n{mail.address}\n\nPhone:\n{mail.phone}\n\nBody:\n{question}\n"
    )


def shop_form_spanish(mail: Mail, question: str) -> str:
    rows = "".join(
        f"<p><strong>{label}</strong><br>\n{breaks(value)}</p>\n"
        for label, value in (
            ("Nombre:", mail.name),
            ("Correo electrónico:", mail.address),
            ("Teléfono:", mail.phone),
            ("Mensaje:", question),
        )
    )
    return (
        '<html><body style="font-family: Arial, sans-serif; font-size: 14px; color: #333333;">\n'
        f"<p>Has recibido un nuevo mensaje desde el formulario de contacto de tu tienda online.</p>\n{rows}"
        f'<p style="font-size: 12px; color: #999999;">© {mail.at.year} {mail.desk_company}</p>\n</body></html>\n'
    )


FORMS = (
    layout("zendesk-reply-en", "en", "plain", zendesk_reply, subject="Re: [{desk_company}] Re: {topic}"),
    layout("zendesk-reply-es", "es", "html", zendesk_reply_spanish, subject="Re: [{desk_company}] Re: {topic}"),
    layout("freshdesk-reply-en", "en", "html", freshdesk_reply, subject="Re: {topic} [#{ticket}]"),
    layout("freshdesk-reply-es", "es", "html", freshdesk_reply_spanish, subject="Re: {topic} [#{ticket}]"),
    layout("desk-form-en", "en", "plain", desk_form, subject="{topic}"),
    layout("desk-form-es", "es", "plain", desk_form_spanish, subject="{topic}"),
    layout("wordpress-form-en", "en", "plain", wordpress_form, subject='{desk_company} "{topic}"'),
    layout("wordpress-form-es", "es", "plain", wordpress_form_spanish, subject='{desk_company} "{topic}"'),
    layout("shop-form-en", "en", "plain", shop_form, subject="New customer message on {at:%B %d, %Y at %H:%M}"),
    layout("shop-form-es", "es", "html", shop_form_spanish, subject="Nuevo mensaje de cliente: {first} {last}"),
)
