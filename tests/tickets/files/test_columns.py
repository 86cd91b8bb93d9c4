"""Which column holds which field, in the exports of common help desks."""

from itertools import combinations

import pytest

from tickets.files.bad_lines import FileRefused
from tickets.files.columns import Doubled, attribute_names, chosen_columns, folded, layout
from tickets.files.names import LABELLED, TICKET, Fields

EXPORTS = {
    "Zendesk": ("Id,Subject,Description,Status,Created at", {"id": "Id", "created_at": "Created at"}),
    "Zendesk API": ("id,subject,description,via.channel,created_at", {"id": "id", "channel": "via.channel"}),
    "Jira": ("Issue id,Issue key,Summary,Description,Created", {"id": "Issue key", "subject": "Summary"}),
    "Jira in Spanish": (
        "ID de la incidencia,Clave de incidencia,Resumen,Descripción,Creada",
        {"id": "Clave de incidencia", "subject": "Resumen", "description": "Descripción", "created_at": "Creada"},
    ),
    "Jira API": (
        "id,key,fields.summary,fields.description,fields.created",
        {"id": "id", "subject": "fields.summary", "description": "fields.description", "created_at": "fields.created"},
    ),
    "Freshdesk": ("Ticket ID,Subject,Status,Source,Created time,Description", {"id": "Ticket ID"}),
    "HubSpot": (
        "Ticket ID,Ticket name,Ticket description,Create date",
        {"id": "Ticket ID", "subject": "Ticket name", "description": "Ticket description", "created_at": "Create date"},
    ),
    "HubSpot API": (
        "id,properties.subject,properties.content,properties.createdate",
        {"subject": "properties.subject", "description": "properties.content", "created_at": "properties.createdate"},
    ),
    "Intercom": (
        "Conversation ID,Title,Message,Conversation started at (UTC)",
        {"id": "Conversation ID", "subject": "Title", "created_at": "Conversation started at (UTC)"},
    ),
    "Salesforce": ("Id,CaseNumber,Subject,Description,CreatedDate", {"id": "CaseNumber", "created_at": "CreatedDate"}),
    "Salesforce report": (
        "Case Number,Subject,Description,Date/Time Opened,Case Origin",
        {"id": "Case Number", "created_at": "Date/Time Opened", "channel": "Case Origin"},
    ),
    "ServiceNow": (
        "Number,Opened,Short description,Description,Contact type",
        {"id": "Number", "subject": "Short description", "created_at": "Opened", "channel": "Contact type"},
    ),
    "Help Scout": ("Number,Subject,Body,Created At", {"id": "Number", "description": "Body"}),
    "Zoho": ("Ticket Id,Subject,Description,Channel,Language", {"id": "Ticket Id", "language": "Language"}),
    "osTicket": ("Ticket Number,Date Created,Subject,Message", {"id": "Ticket Number", "created_at": "Date Created"}),
    "GLPI": ("ID,Título,Fecha de apertura,Descripción", {"subject": "Título", "created_at": "Fecha de apertura"}),
    "Redmine": ("#,Project,Subject,Description,Created", {"id": "#", "created_at": "Created"}),
    "Outlook": (
        "Subject,Body,From: (Name),From: (Address),To: (Name)",
        {"subject": "Subject", "description": "Body"},
    ),
    "a form": ("Nº de ticket,ASUNTO,descripcion,Idioma,Canal,Fecha de creación", {
        "id": "Nº de ticket", "subject": "ASUNTO", "description": "descripcion", "language": "Idioma",
        "channel": "Canal", "created_at": "Fecha de creación",
    }),
}  # fmt: skip


def _best(header: list[str], fields: Fields = TICKET) -> dict[str, str]:
    return {field: header[at[0]] for field, at in layout(header, fields, {}).fields.items() if at}


@pytest.mark.parametrize("export", EXPORTS)
def test_the_columns_of_common_exports_are_found(export: str) -> None:
    """Every export has its subject or description, and the fields that its own names hold."""
    header, expected = EXPORTS[export]
    found = _best(header.split(","))

    assert found.items() >= expected.items()
    assert {"subject", "description"} & found.keys()
    assert len(set(found.values())) == len(found)


@pytest.mark.parametrize(
    "name", ["Ticket ID", "ticket_id", "TICKETID", "ticketId", " Ticket-Id ", "Ticket  ID:", "TícketID"]
)
def test_case_accents_blanks_and_punctuation_do_not_matter(name: str) -> None:
    """Names that differ only in these are one name."""
    assert _best([name, "Descripción del problema"]) == {"id": name, "description": "Descripción del problema"}


def test_columns_of_other_things_are_no_fields() -> None:
    """A customer's id and the like never become the ticket's."""
    header = ["Customer ID", "requester.id", "assignee.id", "User id", "Updated at", "Closed at", "Subject", "Category"]

    assert _best(header) == {"subject": "Subject"}


def test_no_name_stands_for_two_fields() -> None:
    """A column never fits two fields."""
    for fields in (TICKET, LABELLED):
        for (_, some), (_, others) in combinations(fields.items(), 2):
            assert {folded(name) for name in some} & {folded(name) for name in others} == set()


def test_the_best_name_wins_and_the_others_stand_behind_it() -> None:
    """The order of the names decides, not the order of the columns."""
    places = layout(["Number", "Ticket ID", "Summary", "id"], TICKET, {})

    assert places.fields["id"] == (3, 1, 0)
    assert places.fields["subject"] == (2,)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (["Subject", "SUBJECT"], "several columns for subject: Subject, SUBJECT; say which with --map subject=Subject"),
        (["id", "id", "subject"], "2 columns called id; rename those that are not the id"),
    ],
)
def test_two_equal_columns_for_a_field_are_named(header: list[str], message: str) -> None:
    """There is no guess which of the two is meant."""
    with pytest.raises(Doubled, match=message):
        layout(header, TICKET, {})


def test_a_chosen_column_is_the_only_one_of_its_field_and_no_others() -> None:
    """What a user says counts, also against the names; an exact name before a similar one."""
    header = ["Subject", "SUBJECT", "Description", "Ticket ID", "Motivo"]
    places = layout(header, TICKET, {"subject": "SUBJECT", "description": "motivo", "id": ""})

    assert places.fields["subject"] == (1,)
    assert places.fields["description"] == (4,)
    assert places.fields["id"] == ()
    assert layout(header, TICKET, {"description": "Subject", "subject": "Nowhere"}).missing == ("Nowhere",)


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (["subject"], "write FIELD=COLUMN"),
        (["colour=Color"], "one of id, subject, description, language, channel, created_at"),
        (["subject=A", "Subject=B"], "two columns for subject"),
    ],
)
def test_what_is_no_assignment_is_refused(assignments: list[str], message: str) -> None:
    """The message shows what can be assigned."""
    with pytest.raises(FileRefused, match=message):
        chosen_columns(assignments, TICKET)


def test_a_ticket_id_may_be_called_by_either_name() -> None:
    """The event's name of the field is known too; a column may hold an equals sign."""
    assert chosen_columns(["ticket_id=A=B", "subject= Asunto "], TICKET) == {"id": "A=B", "subject": "Asunto"}


def test_attributes_have_names_of_their_own() -> None:
    """Columns without a name are called by their number; the second of a name is numbered."""
    names = attribute_names(["", " Tag ", "Tag", "Tag 2", "Tag", "attributes.vip", ""])

    assert names == ("column 1", "Tag", "Tag 3", "Tag 2", "Tag 4", "vip", "column 7")
