"""The names that common exports give to the fields of a ticket, in English, Spanish and where cheap other languages.

For each field the best name stands first. Case, accents, blanks and punctuation do not matter, nor does what stands in
brackets at the end of a name. From documented exports of Zendesk, Jira, Freshdesk, HubSpot, Intercom, Salesforce,
ServiceNow, Help Scout, Zoho Desk, osTicket, GLPI, Redmine, ManageEngine and Outlook.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ID = (
    "issue key", "case number", "id", "ticket id", "ticket number", "ticket no", "ticket key", "clave de incidencia",
    "clave de la incidencia", "número de ticket", "número del ticket", "nº de ticket", "n° de ticket", "nro de ticket",
    "id de ticket", "id del ticket", "id ticket", "identificador del ticket", "número de caso", "número del caso",
    "nº de caso", "id de caso", "id del caso", "case id", "case no", "case key", "conversation id",
    "conversation number", "id de conversación", "id de la conversación", "request id", "request number",
    "id de solicitud", "número de solicitud", "incident id", "incident number", "id de incidencia",
    "número de incidencia", "número de incidente", "id de incidente", "issue number", "issue id",
    "id de la incidencia", "ticket reference", "ticket reference id", "ticket ref", "record id", "número", "number",
    "nº", "nro", "key", "clave", "identifier", "identificador", "identifiant", "folio", "uuid", "message id",
    "id de mensaje", "id del mensaje", "ticket nr", "ticketnummer", "numéro", "numéro de ticket", "nummer",
    "número do chamado", "id do ticket", "numero ticket",
)  # fmt: skip
SUBJECT = (
    "subject", "ticket subject", "asunto", "summary", "short description", "title", "ticket name", "ticket title",
    "asunto del ticket", "asunto de la conversación", "resumen", "título", "título del ticket", "breve descripción",
    "descripción breve", "descripción corta", "issue summary", "issue title", "case subject", "conversation subject",
    "email subject", "mail subject", "subject line", "request subject", "línea de asunto", "tema", "motivo",
    "default title", "asunto del caso", "asunto del correo", "nombre del ticket", "betreff", "objet", "sujet", "titre",
    "assunto", "oggetto", "titolo", "titel", "onderwerp", "headline", "topic", "heading", "encabezado",
)  # fmt: skip
DESCRIPTION = (
    "description", "ticket description", "descripción", "body", "message", "mensaje", "text", "texto", "content",
    "contenido", "cuerpo", "cuerpo del mensaje", "descripción del ticket", "descripción del problema",
    "descripción del caso", "descripción detallada", "descripción completa", "problem description", "issue description",
    "case description", "request description", "full description", "long description", "detailed description",
    "description text", "body text", "body plain", "plain body", "text body", "message body", "email body", "mail body",
    "message text", "ticket body", "ticket text", "ticket message", "ticket content", "first message", "primer mensaje",
    "initial message", "mensaje inicial", "customer message", "mensaje del cliente", "texto del mensaje",
    "texto del ticket", "default description", "question", "pregunta", "query", "consulta", "inquiry", "enquiry",
    "complaint", "queja", "reclamación", "details", "detail", "detalle", "detalles", "problem", "problema", "issue",
    "incidencia", "beschreibung", "nachricht", "inhalt", "descrição", "mensagem", "descrizione", "messaggio", "contenu",
    "omschrijving", "bericht",
)  # fmt: skip
LANGUAGE = (
    "language", "ticket language", "idioma", "lang", "locale", "language code", "código de idioma", "idioma del ticket",
    "request language", "conversation language", "lengua", "lenguaje", "langue", "sprache", "lingua", "taal",
)  # fmt: skip
CHANNEL = (
    "channel", "ticket channel", "canal", "canal del ticket", "via channel", "via", "case origin", "origen del caso",
    "contact type", "tipo de contacto", "conversation channel", "contact channel", "canal de contacto", "channel type",
    "support channel", "canal de entrada", "kanal", "canale",
)  # fmt: skip
CREATED_AT = (
    "created at", "created", "created date", "created time", "created on", "date created", "time created",
    "creation date", "creation time", "create date", "create time", "date of creation", "ticket created",
    "ticket created at", "ticket created timestamp", "ticket created date", "fecha de creación", "fecha creación",
    "fecha y hora de creación", "fecha de creación del ticket", "hora de creación", "creado", "creada", "creado el",
    "creada el", "creado en", "createdate", "created timestamp", "sys created on", "opened", "opened at", "opened on",
    "opened date", "date opened", "date time opened", "open date", "opening date", "opening time", "fecha de apertura",
    "fecha apertura", "fecha y hora de apertura", "abierto", "abierta", "abierto el", "submitted", "submitted at",
    "submitted on", "date submitted", "submission date", "submit date", "reported", "reported at", "reported on",
    "date reported", "received", "received at", "received on", "date received", "received date", "fecha de recepción",
    "recibido", "recibido el", "requested at", "request date", "fecha de solicitud", "conversation created at",
    "conversation started at", "started at", "first message at", "sent", "sent at", "sent on", "date sent", "enviado",
    "enviado el", "fecha de envío", "timestamp", "date time", "datetime", "date", "fecha", "fecha y hora", "fecha hora",
    "fecha de alta", "erstellt", "erstellt am", "erstellungsdatum", "datum", "date de création", "créé le",
    "date d'ouverture", "criado em", "data de criação", "data de abertura", "data creazione", "creato il",
)  # fmt: skip
CATEGORY = (
    "category", "label", "categoría", "etiqueta", "ticket category", "categoría del ticket", "class", "clase", "intent",
    "intención", "target", "kategorie", "catégorie", "categoria",
)  # fmt: skip
SUBCATEGORY = (
    "subcategory", "sub category", "subcategoría", "sub categoría", "sublabel", "sub label", "subetiqueta",
    "sub intent",
)  # fmt: skip

Fields = Mapping[str, tuple[str, ...]]
"""The wanted fields, each with the names of its column, the best first."""

TICKET: Final[Fields] = MappingProxyType(
    {
        "id": ID,
        "subject": SUBJECT,
        "description": DESCRIPTION,
        "language": LANGUAGE,
        "channel": CHANNEL,
        "created_at": CREATED_AT,
    }
)
LABELLED: Final[Fields] = MappingProxyType(
    {
        "subject": SUBJECT,
        "description": DESCRIPTION,
        "category": CATEGORY,
        "subcategory": SUBCATEGORY,
        "source": ("source",),
        "split": ("split",),
    }
)
