"""Spanish tickets whose content looks like mail, and must survive."""

from tests.support.mail_layouts.unseen_threads import Kept

MEASURING_KEPT_SPANISH: tuple[Kept, ...] = (
    Kept(
        "vuelo-de-para-fecha",
        "Vuelo anulado",
        "Buenas:\n\nHan anulado este vuelo:\nDe: Madrid\nPara: Tokio\nFecha: 3 de abril\n"
        "¿Lo cubre el seguro de la tarjeta?\n\nSaludos",
        (
            "Han anulado este vuelo:",
            "De: Madrid",
            "Para: Tokio",
            "Fecha: 3 de abril",
            "¿Lo cubre el seguro de la tarjeta?",
        ),
    ),
    Kept(
        "transferencia-con-campos",
        "Transferencia sin llegar",
        "No ha llegado esta transferencia:\nDe: cuenta nómina\nPara: Mario Lasa\nFecha: 8 de mayo\nAsunto:"
        " alquiler\nImporte: 640 €\n"
        "¿Dónde está el dinero?",
        ("Para: Mario Lasa", "Fecha: 8 de mayo", "Asunto: alquiler", "Importe: 640 €", "¿Dónde está el dinero?"),
    ),
    Kept(
        "sms-fraudulento-pegado",
        "¿Es suyo este SMS?",
        "Me ha llegado esto:\n\nEstimado cliente: su tarjeta ha sido bloqueada. Entre en banco-seguro.example.\n"
        "Atentamente, su banco\n\n"
        "¿Es verdadero?",
        ("su tarjeta ha sido bloqueada", "Atentamente, su banco", "¿Es verdadero?"),
    ),
    Kept(
        "enviado-desde-mi-iphone-como-contenido",
        "Bizum",
        "El dinero enviado desde mi iPhone no aparece, y el enviado desde el ordenador sí. ¿Por qué?",
        ("El dinero enviado desde mi iPhone no aparece", "el enviado desde el ordenador sí"),
    ),
    Kept(
        "enviado-desde-como-primeras-palabras",
        "Giro",
        "Enviado desde Correos el lunes, el giro sigue sin abonarse.\n¿Cuándo lo tendré?",
        ("Enviado desde Correos el lunes, el giro sigue sin abonarse.", "¿Cuándo lo tendré?"),
    ),
    Kept(
        "mayor-que-al-empezar",
        "Comisiones",
        "¿Qué comisión tienen estos importes?\n> 100 €\n> 1.000 €\n> 10.000 €",
        ("100 €", "1.000 €", "10.000 €"),
    ),
    Kept(
        "gracias-con-queja",
        "Gracias por nada",
        "Gracias por enviarme la tarjeta a una casa donde ya no vivo.\nGracias también por no contestar al teléfono.",
        ("a una casa donde ya no vivo", "por no contestar al teléfono"),
    ),
    Kept(
        "gracias-antes-de-la-pregunta",
        "Devolución",
        "Muchas gracias!\n\nYa tengo la devolución. Ahora quiero saber cómo cierro la cuenta.",
        ("Ya tengo la devolución.", "cómo cierro la cuenta"),
    ),
    Kept(
        "nombre-mal-escrito-en-campos",
        "Nombre mal",
        "En la tarjeta pone:\nNombre: JOSE GARSIA\nDebe poner:\nNombre: JOSÉ GARCÍA\n¿Me mandan otra?",
        ("JOSE GARSIA", "JOSÉ GARCÍA", "¿Me mandan otra?"),
    ),
    Kept(
        "cambio-de-domicilio",
        "Mudanza",
        "Quiero cambiar mi domicilio por este:\n\nC/ Olivo, 14, 3.º A\n28099 Madrid\n\ny el móvil por el 600 99 12 34.",
        ("C/ Olivo, 14, 3.º A", "28099 Madrid", "el móvil por el 600 99 12 34"),
    ),
    Kept(
        "baja-de-la-publicidad",
        "Publicidad",
        "Quiero darme de baja. Pulso en cancelar la suscripción al pie del correo y da error 404.",
        ("Quiero darme de baja.", "Pulso en cancelar la suscripción al pie del correo y da error 404."),
    ),
    Kept(
        "derechos-de-proteccion-de-datos",
        "Mis datos",
        "En cumplimiento del RGPD solicito el acceso a mis datos personales y la supresión de mi antigua dirección.\n"
        "¿A qué correo lo pido?",
        ("solicito el acceso a mis datos personales", "la supresión de mi antigua dirección", "¿A qué correo lo pido?"),
    ),
    Kept(
        "aviso-legal-como-pregunta",
        "Aviso legal",
        "El aviso legal de su web dice que la información es confidencial. ¿Puedo enseñar el extracto a mi gestor?",
        ("dice que la información es confidencial", "¿Puedo enseñar el extracto a mi gestor?"),
    ),
    Kept(
        "el-lunes-escribio",
        "Contradicción",
        "El lunes 4 de marzo su compañera Eva escribió: no hay comisión. El viernes me cobraron 12 €. ¿En qué"
        " quedamos?",
        ("su compañera Eva escribió: no hay comisión.", "El viernes me cobraron 12 €. ¿En qué quedamos?"),
    ),
    Kept(
        "guiones-entre-opciones",
        "Cuentas",
        "Dudo entre dos cuentas:\n--\nJoven: sin cuota\n--\nNómina: 4 € al mes\n--\n¿Cuál permite dos titulares?",
        ("Joven: sin cuota", "Nómina: 4 € al mes", "¿Cuál permite dos titulares?"),
    ),
    Kept(
        "posdata-con-pregunta",
        "Tarjeta",
        "Me han robado la cartera.\n\nUn saludo,\nPilar\n\nP. D.: También llevaba el DNI, ¿debo avisarles de eso?",
        ("Me han robado la cartera.", "También llevaba el DNI, ¿debo avisarles de eso?"),
    ),
    Kept(
        "un-saludo-como-contenido",
        "Trato",
        "Un saludo no basta: llevo tres semanas esperando mi clave.\nSaludos he recibido cinco; respuestas, ninguna.",
        ("no basta: llevo tres semanas esperando mi clave", "respuestas, ninguna"),
    ),
    Kept(
        "asunto-como-palabra",
        "Asunto pendiente",
        "Asunto: el cajero se tragó mi tarjeta.\nFecha: ayer por la tarde.\nLugar: la oficina de la plaza.\n¿Cómo la"
        " recupero?",
        ("el cajero se tragó mi tarjeta", "ayer por la tarde", "la oficina de la plaza", "¿Cómo la recupero?"),
    ),
    Kept(
        "pasos-con-marcas",
        "La aplicación se cierra",
        "<p>Lo que hago:</p><ul><li>Abro la aplicación</li><li>Pongo el dedo</li><li>Se cierra"
        " sola</li></ul><p>Siempre igual.</p>",
        ("Abro la aplicación", "Pongo el dedo", "Se cierra sola", "Siempre igual."),
    ),
    Kept(
        "mensaje-de-error-en-cita",
        "Error",
        "<div>La web me enseña esto:</div><blockquote>Operación no permitida (E-207)</blockquote><div>¿Qué"
        " significa?</div>",
        ("Operación no permitida (E-207)", "¿Qué significa?"),
    ),
    Kept(
        "tabla-de-cargos",
        "Cargos",
        "<p>No reconozco esto:</p><table><tr><td>2 de junio</td><td>Viajes Cometa</td><td>88 €</td></tr><tr><td>3 de"
        " junio</td>"
        "<td>Ferretería Luna</td><td>14 €</td></tr></table><p>Anúlenlo.</p>",
        ("Viajes Cometa", "Ferretería Luna", "14 €", "Anúlenlo."),
    ),
    Kept(
        "dos-preguntas-con-raya",
        "Dos dudas",
        "<p>Primera: ¿cómo subo el límite?</p><hr><p>Segunda: ¿por qué me devolvieron la nómina?</p>",
        ("Primera: ¿cómo subo el límite?", "Segunda: ¿por qué me devolvieron la nómina?"),
    ),
    Kept(
        "horario-como-contenido",
        "Horario",
        "Horario: L-V de 9:00 a 14:00, pone en la puerta, pero a las 13:30 ya estaba cerrado. ¿Cuándo puedo ir?",
        ("pone en la puerta, pero a las 13:30 ya estaba cerrado", "¿Cuándo puedo ir?"),
    ),
    Kept(
        "lista-de-nombres",
        "Titulares",
        "Quiero añadir estos titulares:\n\nLuis Bravo\nMarta Sanz\nTel. 600 99 77 11\n\n¿Deben firmar los dos?",
        ("Luis Bravo", "Marta Sanz", "600 99 77 11", "¿Deben firmar los dos?"),
    ),
    Kept(
        "fuera-de-la-oficina-como-contenido",
        "Ausencia",
        "Estaré fuera de la oficina hasta el 9 de mayo y la tarjeta llega allí. ¿Pueden enviarla a mi casa?",
        ("Estaré fuera de la oficina hasta el 9 de mayo", "¿Pueden enviarla a mi casa?"),
    ),
)
