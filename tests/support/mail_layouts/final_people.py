"""People, companies and places of the final layouts. All of them are invented."""

FIRST = {
    "en": ("Helen", "Marcus", "Priya", "Owen", "Danielle", "Samuel", "Grace", "Tom", "Rebecca", "Aidan"),
    "es": ("Lucía", "Andrés", "Carmen", "Javier", "Noelia", "Rubén", "Mercedes", "Pablo", "Inés", "Álvaro"),
}
LAST = {
    "en": ("Whitcombe", "Ferris", "Nair", "Bradshaw", "Coyle", "Okafor", "Lindley", "Harper", "Stott", "Mulligan"),
    "es": (
        "Herrero Díaz",
        "Montes",
        "Vidal Soler",
        "Crespo",
        "Ibáñez",
        "Peña Ortiz",
        "Gallardo",
        "Rubio",
        "Sanz",
        "Mora",
    ),
}
COMPANY = {
    "en": (
        "Ashdown Flooring Ltd",
        "Copperfield Dental Practice",
        "Northgate Logistics",
        "Harbour & Pine Interiors",
        "Greenlea Primary School",
        "Larkspur Accounting LLP",
        "Meridian Office Supplies Inc.",
        "Two Rivers Bakery",
    ),
    "es": (
        "Talleres Montoya S.L.",
        "Clínica Dental Las Viñas",
        "Gestoría Peñalver",
        "Distribuciones Arroyo S.A.",
        "Librería El Faro",
        "Reformas Castellana S.L.",
        "Asesores del Norte S.L.P.",
        "Panadería La Espiga",
    ),
}
JOB = {
    "en": (
        "Office Manager",
        "Accounts Assistant",
        "Director",
        "Sales Executive",
        "Project Coordinator",
        "Practice Administrator",
        "Operations Lead",
    ),
    "es": (
        "Administración",
        "Responsable de compras",
        "Directora general",
        "Departamento comercial",
        "Técnico de proyectos",
        "Atención al paciente",
        "Jefe de taller",
    ),
}
STREET = {
    "en": (
        "14 Station Road",
        "Unit 6, Millbrook Trading Estate",
        "201 Cedar Avenue, Suite 12",
        "3 Church Lane",
        "88 High Street",
        "The Old Dairy, Farm Close",
    ),
    "es": (
        "C/ Mayor, 18, 2.º B",
        "Avda. de la Constitución, 45",
        "Polígono Industrial El Olivar, nave 7",
        "Plaza de España, 3",
        "Calle del Pino, 112",
        "Paseo del Río, 9, bajo",
    ),
}
TOWN = {
    "en": (
        "Wetherford WF9 4XX",
        "Stonebridge ST3 9ZZ",
        "Fairhaven, OH 45999",
        "Little Marden LM1 0AA",
        "Kingsport KP2 8QQ",
        "Eastwell EW5 7YY",
    ),
    "es": (
        "28999 Villaflor (Madrid)",
        "41990 Alcorada (Sevilla)",
        "46995 Benimar (Valencia)",
        "50990 Torrealta (Zaragoza)",
        "15990 Puentevieja (A Coruña)",
        "29995 Los Almendros (Málaga)",
    ),
}
PHONE = {
    "en": (
        "01632 960{:03d}",
        "07700 900{:03d}",
        "+44 1632 960{:03d}",
        "(555) 555-0{:03d}",
        "555-555-0{:03d}",
        "+1 555 555 0{:03d}",
    ),
    "es": (
        "600 555 {:03d}",
        "+34 955 555 {:03d}",
        "910 555 {:03d}",
        "+34 600 555 {:03d}",
        "(+34) 960 555 {:03d}",
        "900.555.{:03d}",
    ),
}
MAILBOX = {
    "en": (
        "postbox.example",
        "mailhome.example",
        "quickmail.example",
        "inboxly.example",
        "brightmail.example",
        "netpost.example",
    ),
    "es": (
        "correo.example",
        "buzon.example",
        "micorreo.example",
        "redmail.example",
        "hogarmail.example",
        "postal.example",
    ),
}
DESK = {
    "en": ("Customer Support", "Customer Care", "Help Desk", "Support Team", "Customer Service", "Client Services"),
    "es": (
        "Atención al Cliente",
        "Soporte",
        "Servicio al Cliente",
        "Equipo de Soporte",
        "Centro de Ayuda",
        "Departamento de Clientes",
    ),
}
DESK_COMPANY = {
    "en": ("Fernbank", "Tallis", "Oakline", "Bluegate", "Summerfield", "Pennywell"),
    "es": ("Bancalia", "Grupo Tajuña", "Solvega", "Casa Lumbre", "Nortia", "Mediterra"),
}
