"""Who writes in the unseen layouts: invented people, companies and telephones, another mix for every number."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")

# The lengths of the lists differ, so that neighbours in one list are no neighbours in the next.
FIRST = {
    "en": (
        *(
            "Harriet",
            "Dougal",
            "Imogen",
            "Kwame",
            "Saoirse",
            "Terrence",
            "Priya",
            "Gethin",
            "Marjorie",
            "Owen",
            "Zadie",
        ),
        *("Callum", "Beatrix", "Tobias", "Niamh", "Ravi"),
    ),
    "es": (
        *("Lucía", "Joaquín", "Maite", "Íñigo", "Rocío", "Álvaro", "Begoña", "Fermín", "Ximena", "Gonzalo", "Nuria"),
        *("Andrés", "Pilar", "Martín", "Yolanda", "Sebastián"),
    ),
}
LAST = {
    "en": (
        *(
            "Pemberton",
            "O'Hanlon",
            "Achterberg",
            "Mensah",
            "Fairweather",
            "Llewellyn",
            "Raghunathan",
            "Stokes",
            "Babcock",
        ),
        *("Whitlock", "McCready", "Thistlewood", "Nakagawa", "Dunmore", "Quill", "Abernathy", "Voss"),
    ),
    "es": (
        *(
            "Ibáñez Roca",
            "Etxeberria",
            "Peñalver",
            "Quintanilla",
            "Muñoz Ferrer",
            "Carballo",
            "Aldecoa",
            "Zúñiga",
            "Bernal",
        ),
        *("Navas Pardo", "Olmedo", "Santacreu", "Villegas", "Arrieta", "Lozano Gil", "Palacios", "Urrutia"),
    ),
}
COMPANY = {
    "en": (
        *(
            "Larkspur Joinery Ltd",
            "Bright & Hollow LLP",
            "Copperfield Dental",
            "Tern Logistics",
            "Moorgate Ceramics Ltd",
        ),
        *("Nine Elms Bakery", "Halcyon Surveyors", "Pinewater Inc.", "Saltmarsh Studio", "Quarry Bank Cycles"),
        *("Oakhurst Primary School", "Ferrous Consulting", "Blue Heron Travel"),
    ),
    "es": (
        *("Talleres Albufera, S.L.", "Gestoría Montblanc", "Clínica Dental Sorolla", "Transportes Guadiela, S.A."),
        *(
            "Panadería La Espiga",
            "Arquitectura Tres Puentes",
            "Librería El Faro",
            "Viajes Almenara",
            "Cerámicas Ollería",
        ),
        *("Colegio Las Encinas", "Bodegas Valdeperal", "Informática Dosel, S.L.", "Asesores Ribera y Soto"),
    ),
}
STREET = {
    "en": (
        *("14 Tanner's Row", "Unit 3, Cobalt Yard", "220 Aldersgate Mews", "7 Old Foundry Lane", "91 Wharfside"),
        *("Suite 400, 1200 Larch Avenue", "5 St Bride's Passage", "38 Heron Quay", "62 Mill Race", "1 Beacon Court"),
        *("17b Chandler Street", "400 Prospect Hill Road", "29 Ropewalk", "The Old Dairy, Fen End"),
    ),
    "es": (
        *(
            "C/ del Olmo, 14",
            "Avda. de la Ribera, 220, 3.º B",
            "Pza. de los Curtidores, 7",
            "Polígono El Tejar, nave 12",
        ),
        *("Paseo de las Acacias, 91", "C/ Ronda Norte, 5, bajo", "Camino Viejo de Sotillo, s/n", "C/ Hilanderas, 38"),
        *(
            "Avda. del Puerto Seco, 62",
            "C/ Maestro Arriola, 1, 2.º izda.",
            "Travesía del Molino, 17",
            "C/ Almazara, 29",
        ),
        *("Pasaje Cordeleros, 3", "C/ Fuente Nueva, 44"),
    ),
}
TOWN = {
    "en": (
        *(
            "London EC9 4ZZ",
            "Leeds LS99 2QX",
            "Bristol BS99 7PP",
            "Portland, OR 97200",
            "Cardiff CF99 1AB",
            "Austin, TX 78700",
        ),
        *("Norwich NR99 8TT", "Glasgow G99 5YY", "Galway", "Boise, ID 83700", "York YO99 3LL", "Belfast BT99 6MM"),
    ),
    "es": (
        *("46999 Valencia", "28999 Madrid", "08999 Barcelona", "41999 Sevilla", "50999 Zaragoza", "48999 Bilbao"),
        *("15999 A Coruña", "29999 Málaga", "30999 Murcia", "37999 Salamanca", "33999 Gijón", "07999 Palma"),
    ),
}
JOB = {
    "en": (
        *(
            "Office Manager",
            "Senior Account Executive",
            "Practice Nurse",
            "Head of Operations",
            "Director",
            "Bookkeeper",
        ),
        *(
            "Transport Planner",
            "Deputy Head",
            "Lead Designer",
            "Sales Coordinator",
            "Facilities",
            "Partner",
            "HR Advisor",
        ),
    ),
    "es": (
        *("Responsable de Administración", "Directora comercial", "Jefe de taller", "Técnico de sistemas", "Gerente"),
        *(
            "Dpto. de Contabilidad",
            "Auxiliar de clínica",
            "Coordinadora de logística",
            "Arquitecto",
            "Recursos Humanos",
        ),
        *("Jefa de estudios", "Atención a proveedores", "Socio"),
    ),
}
SLOGAN = {
    "en": (
        *(
            "Built to last since 1974",
            "Smiles for every generation",
            "We deliver, rain or shine",
            "Small steps, big journeys",
        ),
        *("Winner, Regional Employer of the Year 2024", "Proudly independent", "Measure twice, cut once"),
        *("Baked before you wake", "Think global, ride local", "Where craft meets care", "Your future, drawn today"),
        *("Ask us about our autumn offers!",),
    ),
    "es": (
        *(
            "Más de 40 años a su lado",
            "Tu sonrisa, nuestro oficio",
            "Llegamos a donde otros no llegan",
            "Hecho a mano, hecho aquí",
        ),
        *("Premio Pyme del Año 2024", "La confianza es nuestro camino", "Pan de verdad, cada mañana"),
        *("Cuidamos los detalles", "Viaja más, preocúpate menos", "Educar con el corazón", "Del viñedo a tu mesa"),
        *("¡Consulta nuestras ofertas de otoño!",),
    ),
}
PRONOUNS = (
    *("she/her", "he/him", "they/them", "she/they", "he/they", "Pronouns: she/her", "Pronouns: they/them", "(he/him)"),
    *("(she/her)", "(they/them)", "he/him/his", "she/her/hers"),
)


class Person(NamedTuple):
    """A person who writes or is written to, with what stands in signatures."""

    name: str
    mail: str
    phone: str
    mobile: str
    job: str
    company: str
    site: str
    street: str
    town: str
    slogan: str
    pronouns: str


def pick(values: Sequence[T], number: int, stride: int) -> T:
    """Choose another value for each number; lists of different lengths give each pair before one comes again."""
    return values[number * stride % len(values)]


def person(language: str, number: int) -> Person:
    """Invent a person; telephones are from the ranges that Ofcom and the 555 exchange keep for drama."""
    first, last = pick(FIRST[language], number, 5), pick(LAST[language], number, 3)
    company = pick(COMPANY[language], number, 4)
    domain = f"{_plain(company)}.example"
    return Person(
        name=f"{first} {last}",
        mail=f"{_plain(first)}.{_plain(last.split(' ')[0])}@{domain}",
        phone=_phone(language, number),
        mobile=f"07700 900{number * 7 % 1000:03}" if language == "en" else f"+34 555 {number * 7 % 1000:03} 019",
        job=pick(JOB[language], number + number // 13, 5),
        company=company,
        site=f"www.{domain}",
        street=pick(STREET[language], number, 3),
        town=pick(TOWN[language], number, 7),
        slogan=pick(SLOGAN[language], number + number // 12, 5),
        pronouns=pick(PRONOUNS, number + number // 24, 7),
    )


def _phone(language: str, number: int) -> str:
    if language == "es":
        return f"555 {number * 11 % 100:02} {number * 13 % 100:02} 01"
    ofcom, drama = f"020 7946 0{number * 11 % 1000:03}", f"(503) 555-01{number * 11 % 100:02}"
    return drama if number % 2 else ofcom


def _plain(name: str) -> str:
    """Write a name as it stands in an address: letters without accents."""
    plain = name.lower().translate(str.maketrans("áéíóúñüç", "aeiounuc"))
    return "".join(letter for letter in plain if "a" <= letter <= "z")
