"""Layouts of what programs send in a customer's name: help desks, forms of web sites, CRMs, virus scanners."""

from tests.support.mail_layouts.unseen_markup import DASHES, blocks, crlf, divs, html, lines, link, wrapped
from tests.support.mail_layouts.unseen_threads import Layout, Mail, layout
from tests.support.mail_layouts.unseen_webmail import gmail_attribution

CELL = ' style="padding:8px;border:1px solid #ddd;font-family:sans-serif;font-size:12px"'


def zendesk_reply(mail: Mail, question: str) -> str:
    """The customer answers a help desk's mail; the line to write above is part of the quote."""
    who = mail.customer
    return (
        f'<div dir="ltr">{divs(question)}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        f'{gmail_attribution(mail)}<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex"><u></u><div>'
        '<div style="color:#b5b5b5">##- Please type your reply above this line -##</div><p>Your request '
        f"({48000 + mail.number * 17}) has been updated. To add additional comments, reply to this email.</p>"
        f"<table><tbody><tr><td><p><strong>{html(mail.agent.name)}</strong> ({html(mail.agent.company)})</p><p>"
        f"{mail.month[:3]} {mail.at.day}, {mail.at.year}, {mail.at:%H:%M} GMT</p><p>Hi {html(who.name)},</p><p>"
        f"{html(mail.earlier)}</p></td></tr></tbody></table><div>This email is a service from"
        f" {html(mail.agent.company)}."
        ' Delivered by Zendesk</div><span style="color:#fff">[K4E7Q2-81ZX]</span></div></blockquote></div>'
    )


def zendesk_reply_plain(mail: Mail, question: str) -> str:
    return (
        f"{question}\n\n{mail.closing}\n{mail.customer.name}\n\n"
        "##- Por favor, escriba su respuesta por encima de esta línea -##\n\n"
        f"Su solicitud ({48000 + mail.number * 17}) se ha actualizado. Para añadir comentarios, responda a este"
        " correo.\n\n"
        f"{mail.agent.name} ({mail.agent.company})\n{mail.at.day} {mail.month[:3]} {mail.at.year}"
        f" {mail.at:%H:%M} CET\n\n"
        f"{mail.earlier}\n\n--------------------------------\nEste correo es un servicio de {mail.agent.company}.\n"
    )


def jira_notification(mail: Mail, question: str) -> str:
    """Jira Service Management tells of the customer's comment."""
    site = mail.agent.site
    return (
        "—-—-—-—\nReply above this line.\n\n"
        f"{mail.customer.name} commented:\n\n{question}\n\nView request:"
        f" https://{site}/portal/7/HELP-{mail.number + 310}\n"
        f"Turn off this request's notifications: https://{site}/portal/7/HELP-{mail.number + 310}/unsubscribe\n\n"
        f"Sent on {mail.month} {mail.at.day}, {mail.at.year} {mail.clock}:{mail.at:%S %p} GMT\n"
    )


def freshdesk_notification(mail: Mail, question: str) -> str:
    """Freshdesk tells the agents of a new ticket."""
    ticket = 48000 + mail.number * 17
    address = f"https://{mail.agent.site}/a/tickets/{ticket}"
    return (
        f"<p>Hi {html(mail.agent.name)},</p><p>A new ticket has been created by {html(mail.customer.name)}"
        f" ({mail.customer.mail}).</p><p>You can view and respond to the ticket here: <a"
        f' href="{address}">{address}</a></p>'
        f"<p><strong>Ticket details</strong></p><p>Ticket ID - {ticket}</p><p>Subject -"
        f" {html(mail.topic)}</p><p>Description"
        f" - </p><div>{divs(question)}</div><p>Priority - Low</p><p>Group - Tier 1</p><br><p>Regards,<br>"
        f"{html(mail.agent.company)} Support Team</p>"
    )


def plain_form(mail: Mail, question: str) -> str:
    who = mail.customer
    labels = ("Name", "Email", "Phone", "Company", "Message")
    title, footer = "You have a new enquiry from your website", "Sent from"
    if mail.language == "es":
        labels = ("Nombre", "Correo electrónico", "Teléfono", "Empresa", "Mensaje")
        title, footer = "Ha recibido una nueva consulta desde su página web", "Enviado desde"
    values = (who.name, who.mail, who.phone, who.company, question)
    rows = "\n".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
    return crlf(
        f"{title}\n\n{rows}\n\n---\nDate: {mail.at:%Y-%m-%d %H:%M:%S}\nRemote IP: 203.0.113.{mail.number % 250 + 1}\n"
        f"{footer}: https://{mail.agent.site}/contact\n"
    )


def table_form(mail: Mail, question: str) -> str:
    """A form's fields as rows of a table; the message is the last but one."""
    who = mail.customer
    labels = (
        "First and last name",
        "Your email",
        "Telephone",
        "Town",
        "How can we help?",
        "I accept the privacy policy",
    )
    title, yes = "New contact form entry", "Yes"
    if mail.language == "es":
        labels = (
            "Nombre y apellidos",
            "Correo",
            "Teléfono",
            "Población",
            "¿En qué podemos ayudarle?",
            "Acepto la privacidad",
        )
        title, yes = "Nuevo mensaje del formulario de contacto", "Sí"
    values = (html(who.name), link(who.mail), who.mobile, html(who.town), lines(question), yes)
    rows = "".join(
        f"<tr><td{CELL}"
        f' bgcolor="#EAF2FA"><font><strong>{label}</strong></font></td></tr><tr><td{CELL}>{value}</td></tr>'
        for label, value in zip(labels, values, strict=True)
    )
    return (
        f'<html><body><h2>{title}</h2><table width="99%" border="0" cellpadding="1"'
        f' cellspacing="0"><tbody>{rows}</tbody>'
        f'</table><p style="color:#999">{html(mail.agent.company)} &copy; {mail.at.year}</p></body></html>'
    )


def contact_form_7(mail: Mail, question: str) -> str:
    """The template that Contact Form 7 brings along."""
    who, company, site = mail.customer, mail.agent.company, mail.agent.site
    if mail.language == "es":
        footer = f"Este mensaje se ha enviado desde un formulario de contacto en {company} (https://{site})"
        head = f"De: {who.name} <{who.mail}>\nAsunto: {mail.topic}"
        return f"{head}\n\nCuerpo del mensaje:\n{question}\n\n{DASHES}\n{footer}\n"
    footer = f"This e-mail was sent from a contact form on {company} (https://{site})"
    return f"From: {who.name} <{who.mail}>\nSubject: {mail.topic}\n\nMessage Body:\n{question}\n\n{DASHES}\n{footer}\n"


def shop_form(mail: Mail, question: str) -> str:
    """The mail of a shop's contact page: each label on its line, the value below."""
    who = mail.customer
    return (
        "You received a new message from your online store's contact form.\n\nCountry Code:\nGB\nName:\n"
        f"{who.name}\nEmail:\n{who.mail}\nPhone:\n{who.phone}\nBody:\n{question}\n"
    )


def shop_form_spanish(mail: Mail, question: str) -> str:
    who = mail.customer
    return (
        "Has recibido un mensaje nuevo del formulario de contacto de tu tienda online.\n\nCountry Code:\nES\nNombre:\n"
        f"{who.name}\nCorreo electrónico:\n{who.mail}\nNúmero de teléfono:\n{who.mobile}\nComentario:\n{question}\n"
    )


def hubspot_form(mail: Mail, question: str) -> str:
    who, site = mail.customer, mail.agent.site
    rows = "".join(
        f'<p style="margin:0"><b>{label}:</b></p><p style="margin:0 0 16px">{value}</p>'
        for label, value in (
            ("First name", html(who.name.split(" ")[0])),
            ("Last name", html(who.name.partition(" ")[2])),
            ("Email", link(who.mail)),
            ("Phone number", who.phone),
            ("Company name", html(who.company)),
            ("Message", lines(question)),
        )
    )
    return (
        "<!DOCTYPE html><html><head><style>@media only screen and"
        " (max-width:639px){.w{width:100%!important}}</style></head>"
        '<body><div id="preview_text" style="display:none;font-size:1px;max-height:0;overflow:hidden">'
        'You have a new form submission</div><table class="w"><tr><td><h1>New submission on HubSpot Form'
        " &quot;Contact us&quot;</h1>"
        f'<p><b>Page submitted on:</b> <a href="https://{site}/contact">Contact |'
        f" {html(mail.agent.company)}</a></p>{rows}"
        f'<a href="https://crm.example/contacts/{mail.number}">View in HubSpot</a><p'
        ' style="font-size:11px">Don\'t want to'
        " receive these emails? Manage your notification preferences. Unsubscribe from this form.</p></td></tr></table>"
        "</body></html>"
    )


def tracked(mail: Mail, question: str) -> str:
    """A hidden preheader with other words at the top, a pixel at the end."""
    who = mail.customer
    return (
        "<html><head><style>.preheader{display:none!important;visibility:hidden;mso-hide:all;opacity:0;height:0}</style>"
        '</head><body><span class="preheader" style="display:none'
        " !important;visibility:hidden;mso-hide:all;font-size:1px;"
        f'color:#ffffff;line-height:1px;max-height:0px;opacity:0;overflow:hidden">{html(mail.oldest)}&zwnj;&nbsp;&zwnj;&nbsp;'
        f"&zwnj;&nbsp;</span><div>{html(mail.greeting)}</div><br>{divs(question)}<br><div>{html(mail.closing)}<br>"
        f'{html(who.name)}</div><img src="https://track.{who.site}/o/{mail.number * 7919:x}.gif" width="1"'
        ' height="1" alt=""'
        ' style="display:block;border:0"></body></html>'
    )


def virus_free(mail: Mail, question: str) -> str:
    """A virus scanner's advertisement below the words."""
    text = '<a href="https://scanner.example/sig" target="_blank" style="color:#4453ea">www.scanner.example</a>'
    said = f"Libre de virus.{text}" if mail.language == "es" else f"Virus-free.{text}"
    body = blocks(question, "<p>", "</p>", "<p>&nbsp;</p>")
    return (
        f'<html><body>{body}<p>{html(mail.customer.name)}</p><div id="DAB4FAD8-2DD7-40BB-A1B8-4E2AA1F9FDF2"><br>'
        '<table style="border-top:1px solid #D3D4DE;"><tr><td style="width:55px;padding-top:18px;"><a href='
        '"https://scanner.example/sig"><img src="https://scanner.example/icon.png" alt="" width="46"'
        ' height="29"></a></td>'
        f'<td style="width:470px;padding-top:17px;color:#41424e;font-size:13px;">{said}</td></tr></table>'
        '<a href="#DAB4FAD8-2DD7-40BB-A1B8-4E2AA1F9FDF2" width="1" height="1"></a></div></body></html>'
    )


def ticket_form_plain(mail: Mail, question: str) -> str:
    """A help desk's own form: fields above and below the description."""
    who = mail.customer
    return (
        f"Requester: {who.name}\nRequester email: {who.mail}\nChannel: Web form\nTicket: {48000 + mail.number * 17}\n"
        f"Submitted: {mail.at:%d/%m/%Y %H:%M}\n\nDescription:\n{wrapped(question, 78)}\n\nAttachments: none\n"
        "----------------------------------------\nThis is an automated message. Do not reply to this address.\n"
    )


FORMS: tuple[Layout, ...] = (
    layout("zendesk_reply", "en", "html", zendesk_reply),
    layout("zendesk_reply_plain_spanish", "es", "plain", zendesk_reply_plain),
    layout("jira_notification", "en", "plain", jira_notification, reply=""),
    layout("freshdesk_notification", "en", "html", freshdesk_notification, reply="New ticket: "),
    layout("web_form_with_crlf", "en", "plain", plain_form, reply="Website enquiry "),
    layout("web_form_with_crlf_spanish", "es", "plain", plain_form, reply="Consulta web "),
    layout("web_form_as_table", "en", "html", table_form, reply="Contact form "),
    layout("web_form_as_table_spanish", "es", "html", table_form, reply="Formulario "),
    layout("contact_form_7", "en", "plain", contact_form_7, reply=""),
    layout("contact_form_7_spanish", "es", "plain", contact_form_7, reply=""),
    layout("shop_contact_form", "en", "plain", shop_form, reply="New customer message "),
    layout("shop_contact_form_spanish", "es", "plain", shop_form_spanish, reply="Nuevo mensaje de cliente "),
    layout("hubspot_form", "en", "html", hubspot_form, reply=""),
    layout("hidden_preheader_and_pixel", "en", "html", tracked, reply=""),
    layout("hidden_preheader_and_pixel_spanish", "es", "html", tracked, reply=""),
    layout("virus_free_footer", "en", "html", virus_free),
    layout("virus_free_footer_spanish", "es", "html", virus_free),
    layout("ticket_form", "en", "plain", ticket_form_plain, reply=""),
)
