"""Forms of web sites and the mails of ticket systems, as the measuring set has them."""

from html import escape

from tests.support.mail_layouts.measuring_mail import Mail, blocks, breaks, layout, paragraphs, quoted
from tests.support.mail_layouts.unseen_threads import Layout


def contact_form_7(mail: Mail, question: str) -> str:
    site = f"{mail.desk} (https://www.desk.example)"
    if mail.language == "es":
        return (
            f"De: {mail.name} <{mail.address}>\nAsunto: {mail.topic}\n\nCuerpo del mensaje:\n{question}\n\n-- \n"
            f"Este mensaje se ha enviado desde un formulario de contacto en {site}\n"
        )
    return (
        f"From: {mail.name} <{mail.address}>\nSubject: {mail.topic}\n\nMessage Body:\n{question}\n\n-- \n"
        f"This e-mail was sent from a contact form on {site}\n"
    )


def wpforms(mail: Mail, question: str) -> str:
    """A table with a bold label over every answer."""
    words = ("Name", "Email", "Phone", "Comment or Message", "Sent from")
    if mail.language == "es":
        words = ("Nombre", "Correo electrónico", "Teléfono", "Comentario o mensaje", "Enviado desde")
    answers = (mail.name, mail.address, mail.mobile, question)
    rows = "".join(
        f'<tr><td class="field-name"><strong>{word}</strong></td></tr><tr><td'
        f' class="field-value">{breaks(answer)}</td></tr>'
        for word, answer in zip(words, answers, strict=False)
    )
    return (
        f"<!DOCTYPE html><html><head><title>WPForms</title></head><body><table"
        f' class="body"><tr><td><table>{rows}</table>'
        f'</td></tr><tr><td class="footer">{words[4]} <a'
        f' href="https://www.desk.example">{mail.desk}</a></td></tr></table>'
        "</body></html>"
    )


def gravity_forms(mail: Mail, question: str) -> str:
    words = ("Name", "Company", "Email", "How can we help?", "Consent", "I agree to the privacy policy.")
    if mail.language == "es":
        words = (
            "Nombre",
            "Empresa",
            "Correo electrónico",
            "¿En qué podemos ayudarle?",
            "Consentimiento",
            "He leído y acepto la política de privacidad.",
        )
    answers = (mail.name, mail.company, mail.address, question, words[5])
    rows = "".join(
        f'<tr bgcolor="#EAF2FA"><td colspan="2"><font style="font-size:12px;"><strong>{word}</strong></font></td></tr>'
        f'<tr bgcolor="#FFFFFF"><td width="20">&nbsp;</td><td><font'
        f' style="font-size:12px;">{breaks(answer)}</font></td></tr>'
        for word, answer in zip(words, answers, strict=False)
    )
    return (
        '<html><body><table width="99%" border="0" bgcolor="#EAEAEA"><tr><td><table>'
        f"{rows}</table></td></tr></table></body></html>"
    )


def typeform(mail: Mail, question: str) -> str:
    return (
        f"Your typeform {mail.desk} contact has a new response:\n\n* What's your first name?\n{mail.first}\n\n* And"
        f" your email, {mail.first}?\n{mail.address}\n\n* Which company do you work for?\n{mail.company}\n\n* What"
        f" would you like"
        f" to ask us?\n{question}\n\nLog in to view or download your responses at"
        f" https://admin.forms.example/{mail.ref}\n\n"
        "Team Typeform\n\nYou are receiving this email because you asked to be notified of new responses."
    )


def jotform(mail: Mail, question: str) -> str:
    words = ("Fecha de envío", "Nombre completo", "Correo electrónico", "Número de teléfono", "Mensaje")
    answers = (f"{mail.date} {mail.clock}", mail.name, mail.address, mail.phone, question)
    rows = "".join(
        f'<tr><td style="padding:5px;width:170px"><b>{word}</b></td><td style="padding:5px">{breaks(answer)}</td></tr>'
        for word, answer in zip(words, answers, strict=False)
    )
    return (
        f"<html><body><h2>Formulario de contacto {mail.desk}</h2><table>{rows}</table><p>Ahora puede ver, editar y"
        f' descargar este envío en <a href="https://forms.example/{mail.ref}">su bandeja</a>.</p></body></html>'
    )


def wix(mail: Mail, question: str) -> str:
    if mail.language == "es":
        return (
            f"{mail.name} acaba de enviar tu formulario: Contacto\nen {mail.desk}\n\nDetalles del mensaje:\n\n"
            f"Nombre: {mail.first}"
            f"\n\nApellido: {mail.last}\n\nEmail: {mail.address}\n\nMensaje: {question}\n\nSi crees que este envío"
            f" es spam, repórtalo como spam.\n\nPara editar tus ajustes de email, ve a tu Bandeja de entrada en la"
            f" computadora."
        )
    return (
        f"{mail.name} just submitted your form: Contact us\non {mail.desk}\n\nMessage Details:\n\nFirst name:"
        f" {mail.first}\n\nLast name: {mail.last}\n\nEmail: {mail.address}\n\nType your message here: {question}\n\n"
        f"If you think this"
        " submission is spam, report it as spam.\n\nTo edit your email settings, go to your Inbox on desktop."
    )


def squarespace(mail: Mail, question: str) -> str:
    return (
        f"<html><body><p>Sent via form submission from <em>{mail.desk}</em></p><p><b>Name:</b>"
        f" {mail.name}</p><p><b>Email:"
        f'</b> <a href="mailto:{mail.address}">{mail.address}</a></p><p><b>Subject:</b>'
        f" {mail.topic}</p><p><b>Message:</b>"
        f' {breaks(question)}</p><hr><p style="color:#777">Does this submission look like spam? <a'
        f' href="https://report.example/{mail.ref}">Report it here.</a></p></body></html>'
    )


def google_forms(mail: Mail, question: str) -> str:
    return (
        f"Gracias por rellenar Contacto {mail.desk}\n\nEsto es lo que hemos recibido:\n\nDirección de correo"
        f" electrónico *\n{mail.address}\n\nNombre y apellidos *\n{mail.name}\n\n¿Cuál es su consulta?"
        f" *\n{question}\n\nCrea tu propio formulario de Google\nNotificar uso inadecuado"
    )


def zendesk(mail: Mail, question: str) -> str:
    """An answer over the desk's line, and the desk's mail beneath without signs."""
    line, asked = "##- Please type your reply above this line -##", f"Your request ({mail.ref}) has been updated."
    footer = f"This email is a service from {mail.desk}. Delivered by Zendesk"
    wrote = f"On {mail.date}, {mail.desk} <{mail.desk_address}> wrote:"
    if mail.language == "es":
        line = "##- Escriba su respuesta por encima de esta línea -##"
        asked = f"Su solicitud ({mail.ref}) ha sido actualizada."
        footer = f"Este correo electrónico es un servicio de {mail.desk}. Entregado por Zendesk"
        wrote = f"El {mail.date}, {mail.desk} <{mail.desk_address}> escribió:"
    return (
        f"{mail.greeting}\n\n{question}\n\n{mail.closing}\n{mail.first}\n\n{wrote}\n\n{line}\n\n{asked}\n\n{mail.agent}"
        f" ({mail.desk})\n\n{mail.earlier}\n\n{footer}\n[{mail.ref}-ZD]"
    )


def freshdesk(mail: Mail, question: str) -> str:
    words = ("On", "at", "wrote:") if mail.language == "en" else ("El", "a las", "escribió:")
    signed = f"{blocks(mail.closing)}{blocks(mail.name)}"
    return (
        f'<div dir="ltr">{blocks(mail.greeting)}<br>{blocks(paragraphs(question))}<br>{signed}'
        f'</div><div class="freshdesk_quote"><blockquote class="freshdesk_quote">{words[0]} {mail.day[:3]},'
        f" {mail.at.day} {mail.month[:3]} {words[1]} {mail.clock} , {mail.desk} &lt;{mail.desk_address}&gt;"
        f" {words[2]}<br><div>{breaks(mail.earlier)}<br>Ticket:"
        f" https://desk.example/helpdesk/tickets/{mail.ref}</div></blockquote></div>"
    )


def intercom(mail: Mail, question: str) -> str:
    """The customer's chat, sent on by the messenger."""
    return (
        f"New message from {mail.name}\n\n{mail.first} said:\n\n{question}\n\nReply to this email or open the"
        f" conversation:\nhttps://app.chat.example/a/inbox/{mail.ref}\n\nAbout {mail.first}\nEmail: {mail.address}\n"
        f"Location:"
        f" {mail.town}\n"
        "Last seen: 4 minutes ago\n\nPowered by Intercom\nUnsubscribe from notifications"
    )


def help_scout(mail: Mail, question: str) -> str:
    return (
        f"<p>{mail.greeting}</p>{blocks(question, 'p')}<p>{escape(mail.closing)}</p><p>{mail.initials}</p><p>On"
        f" {mail.day[:3]}, {mail.month[:3]} {mail.at.day}, {mail.at.year} at {mail.clock} GMT, {mail.agent} at"
        f" {mail.desk} &lt;{mail.desk_address}&gt; wrote:</p><blockquote><div>--- Please reply above this line"
        f" ---</div>{blocks(mail.earlier, 'p')}<p>--<br>{mail.agent}<br>{mail.desk}</p>"
        f"<p>{{#HS:{mail.ref}-9#}}</p></blockquote>"
    )


def osticket(mail: Mail, question: str) -> str:
    wrote = f"El {mail.at:%d/%m/%Y %H:%M}, {mail.desk} escribió:"
    thread = (
        f"-- responda por encima de esta línea --\n\nEstimado/a {mail.first}:\n\n{mail.earlier}\n"
        f"\n{mail.agent}\n{mail.desk}\n\n"
        "Esperamos que esta respuesta haya contestado a sus preguntas. Si no es así, conteste a este correo."
    )
    return f"{mail.greeting}\n{question}\n{mail.closing}\n\n{wrote}\n{quoted(thread)}\n"


def zoho_desk(mail: Mail, question: str) -> str:
    """A notice of a new ticket, with its fields under the message."""
    return (
        f"<div>Hola:</div><div><br></div><div>{mail.name} ha enviado una nueva solicitud a"
        f" {mail.desk}.</div><div><br></div>"
        f"<div><b>Asunto:</b>"
        f" {mail.topic}</div><div><b>Descripción:</b></div>{blocks(question)}<div><br></div><div><b>Canal:"
        f"</b> Correo electrónico</div><div><b>Prioridad:</b> Media</div><div><b>Contacto:</b>"
        f" {mail.address}</div><div><a"
        f' href="https://desk.example/agent/{mail.ref}">Ver ticket</a></div><div><br></div><div>Enviado por Zoho'
        f" Desk</div>"
    )


FORMS: tuple[Layout, ...] = (
    layout("contact-form-7-en", "en", "plain", contact_form_7, subject='{desk} "{topic}"'),
    layout("contact-form-7-es", "es", "plain", contact_form_7, subject='{desk} "{topic}"'),
    layout("wpforms-en", "en", "html", wpforms, subject="New Entry: Contact {topic}"),
    layout("wpforms-es", "es", "html", wpforms, subject="Nueva entrada: Contacto {topic}"),
    layout("gravity-forms-es", "es", "html", gravity_forms, subject="Nuevo envío de {name}: {topic}"),
    layout("gravity-forms-en", "en", "html", gravity_forms, subject="New submission from {name}: {topic}"),
    layout("typeform-en", "en", "plain", typeform, subject="New response: {topic}"),
    layout("jotform-es", "es", "html", jotform, subject="Re: Formulario de contacto - {name} {topic}"),
    layout("wix-en", "en", "plain", wix, subject="{name} sent a form: {topic}"),
    layout("wix-es", "es", "plain", wix, subject="{name} envió un formulario: {topic}"),
    layout("squarespace-en", "en", "html", squarespace, subject="Form Submission - {topic}"),
    layout("google-forms-es", "es", "plain", google_forms, subject="Contacto {topic}"),
    layout("zendesk-en", "en", "plain", zendesk, subject="Re: [{desk}] {topic}"),
    layout("zendesk-es", "es", "plain", zendesk, subject="Re: [{desk}] {topic}"),
    layout("freshdesk-en", "en", "html", freshdesk),
    layout("freshdesk-es", "es", "html", freshdesk),
    layout("intercom-en", "en", "plain", intercom, subject="New message: {topic}"),
    layout("help-scout-en", "en", "html", help_scout),
    layout("osticket-es", "es", "plain", osticket),
    layout("zoho-desk-es", "es", "html", zoho_desk, subject="[{topic}] Nueva solicitud"),
)
