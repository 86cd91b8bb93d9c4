"""The invented people, companies and places of the measuring layouts, twelve or more of each."""

FIRST = {
    "en": (
        "Harriet", "Callum", "Imogen", "Desmond", "Priya", "Rowan", "Beatrix", "Kwame", "Fiona", "Angus", "Tamsin",
        "Leroy", "Nadia", "Wesley", "Orla", "Hugo",
    ),
    "es": (
        "Itziar", "Gonzalo", "Rocío", "Ignacio", "Macarena", "Unai", "Lorena", "Fermín", "Begoña", "Ximena", "Aurelio",
        "Nuria", "Emiliano", "Mireia", "Joaquín", "Candela",
    ),
}  # fmt: skip
LAST = {
    "en": (
        "Ashdown", "Brockwell", "Cavanagh", "Dunmore", "Eastlake", "Farrow", "Gilchrist", "Holloway", "Iveson",
        "Jessop", "Kettering", "Larwood", "Merriman",
    ),
    "es": (
        "Arrizabalaga", "Barrientos", "Cifuentes", "Del Olmo", "Echevarría", "Figueroa", "Garrido", "Hinojosa",
        "Iturbe", "Jurado", "Lizárraga", "Manrique", "Olivares",
    ),
}  # fmt: skip
COMPANY = {
    "en": (
        "Tidewater Joinery Ltd", "Copperfield & Moss LLP", "Bluebell Nurseries", "Northgate Dental Care",
        "Quillfeather Press", "Stonebridge Logistics Inc.", "Larkspur Interiors", "Meridian Roofing Co.",
        "Saltmarsh Brewery", "Oakhampton Vets", "Redfern Analytics", "Wyvern Cycles",
    ),
    "es": (
        "Carpintería Los Álamos, S.L.", "Gestoría Peñalba", "Viveros del Turia", "Clínica Dental Arenal",
        "Editorial Cigarra", "Transportes Moncayo, S.A.", "Interiorismo Albahaca", "Cubiertas Meseta",
        "Bodegas Valdeluz", "Veterinaria El Roble", "Asesores Pinares & Asociados", "Talleres Bidasoa, S.L.U.",
    ),
}  # fmt: skip
JOB = {
    "en": (
        "Operations Director", "Senior Bookkeeper", "Head of Procurement", "Practice Manager", "Site Foreman",
        "Chartered Accountant, FCA", "VP, Customer Success", "Lecturer in Economics", "Paralegal",
        "Store Manager", "Founder & CEO", "HR Business Partner",
    ),
    "es": (
        "Directora de Operaciones", "Contable sénior", "Responsable de Compras", "Gerente", "Jefe de Obra",
        "Economista colegiado n.º 4.812", "Dpto. de Administración", "Profesora titular de Economía", "Abogado",
        "Encargada de tienda", "Socio fundador y CEO", "Técnica de RR. HH.",
    ),
}  # fmt: skip
STREET = {
    "en": (
        "Unit 7, Kiln Lane", "18 Harbour Parade", "2nd Floor, 44 Tanner Street", "The Old Dairy, Mill Road",
        "1200 Juniper Avenue, Suite 310", "Flat 3, 9 Priory Close", "P.O. Box 2217", "61 Weavers Row",
        "Building C, Foxglove Business Park", "5 Cathedral Yard", "27a Lower Quay", "300 Maple Blvd",
    ),
    "es": (
        "C/ Alfareros, 7, 2.º B", "Avda. del Puerto, 18", "Polígono Industrial La Vega, nave 44",
        "Plaza de la Lonja, 3, bajo", "Paseo de los Tilos, 310", "Calle Mayor, 9, 3.º izda.",
        "Apartado de Correos 2217",
        "Ronda de Tejedores, 61", "Edificio Foxá, portal C", "Travesía de la Catedral, 5", "Ctra. de Burgos, km 27",
        "Gran Vía de Colón, 300",
    ),
}  # fmt: skip
TOWN = {
    "en": (
        "Whitby YO21 3ZZ", "Leeds LS99 9ZZ", "Norwich NR99 1ZZ", "Portland, OR 97000", "Galway", "Cardiff CF99 2ZZ",
        "Albany, NY 12200", "Dundee DD99 4ZZ", "Truro TR99 5ZZ", "Hobart TAS 7000",
        "Madison, WI 53700", "Bath BA99 6ZZ",
    ),
    "es": (
        "28099 Madrid", "46099 Valencia", "26099 Logroño", "41099 Sevilla", "20099 Donostia", "50099 Zaragoza",
        "15099 A Coruña", "Guadalajara, Jal. 44990", "33099 Oviedo", "C1099 Buenos Aires", "18099 Granada",
        "09099 Burgos",
    ),
}  # fmt: skip
SLOGAN = {
    "en": (
        "Built to last, priced to share.", "Because every smile matters", "Winner: Small Business of the Year 2023",
        "Think before you print!", "Growing together since 1974", "ISO 9001:2015 & ISO 27001 certified",
        "We plant a tree for each order.", "Now hiring - join our team!", "Proud member of the Guild of Makers",
        "Your journey, our craft", "Rated Excellent by 1,200 clients", "Investors in People - Gold",
    ),
    "es": (
        "Hecho para durar", "Porque cada sonrisa cuenta", "Premio Pyme del Año 2023",
        "Antes de imprimir, piense en el medio ambiente", "Creciendo juntos desde 1974",
        "Empresa certificada ISO 9001 e ISO 14001", "Plantamos un árbol por cada pedido", "¡Únete a nuestro equipo!",
        "Miembro de la Asociación de Artesanos", "Su viaje, nuestro oficio", "Valorados con 4,9 estrellas",
        "Empresa comprometida con la igualdad",
    ),
}  # fmt: skip
DESK = {
    "en": (
        "Customer Support", "The Alderney Help Team", "Card Services", "Brightwell Bank Support", "Client Care",
        "Harbour Online Helpdesk", "Accounts Desk", "Member Services",
    ),
    "es": (
        "Atención al Cliente", "Equipo de Ayuda Aldebarán", "Servicio de Tarjetas", "Soporte Banco Mistral",
        "Servicio al Socio", "Centro de Ayuda Levante", "Oficina de Cuentas", "Soporte Técnico",
    ),
}  # fmt: skip
BOOKING = {
    "en": (
        "Book a meeting with me", "Book time to meet with me", "Schedule a call", "Grab a slot in my calendar",
        "Find a time that suits you", "Pick a time for a chat", "Reserve 15 minutes with me", "See my availability",
    ),
    "es": (
        "Reserva una reunión conmigo", "Reservar tiempo para reunirse conmigo", "Agenda una llamada",
        "Elige un hueco en mi calendario", "Pide cita aquí", "Concertar una videollamada", "Reserva 15 minutos",
        "Consulta mi disponibilidad",
    ),
}  # fmt: skip
HOURS = {
    "en": (
        "Opening hours: Mon-Fri 9am-5:30pm", "Office hours: Monday to Thursday, 8:30 - 16:00", "Open 7 days, 10 till 6",
        "My working days are Tuesday, Wednesday and Friday", "Hours: M-F 8-5, Sat 9-1", "Closed on bank holidays",
        "I work part time: mornings only", "Reception is open weekdays 08:00-18:00",
    ),
    "es": (
        "Horario: L-V de 9:00 a 14:00 y de 16:00 a 19:00", "Horario de oficina: lunes a jueves, 8:30 - 15:00",
        "Abierto todos los días de 10 a 20 h", "Horario de verano: de 8 a 15 h", "Atención al público: L-V 9-14 h",
        "Cerrado sábados y festivos", "Trabajo a media jornada, solo por las mañanas",
        "Recepción: laborables 8:00-18:00",
    ),
}  # fmt: skip
