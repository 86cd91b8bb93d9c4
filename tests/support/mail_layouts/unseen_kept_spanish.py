"""Spanish tickets of people in which something looks like mail and is not; the rules are those of the English ones."""

from tests.support.mail_layouts.unseen_threads import Kept

KEPT_SPANISH: tuple[Kept, ...] = (
    Kept(
        "gracias_begins_a_line_in_the_middle",
        "Tarjeta",
        "Me dijeron que reiniciara la aplicación.\nGracias, ya lo he hecho, pero la tarjeta sigue"
        " bloqueada.\n¿Qué hago ahora?",
        ("Gracias, ya lo he hecho, pero la tarjeta sigue bloqueada.", "¿Qué hago ahora?"),
    ),
    Kept(
        "saludos_inside_a_sentence",
        "Cobro",
        "Saludos a Marta, que fue muy amable, pero el cobro duplicado sigue ahí.\n¿Cuándo me devuelven el dinero?",
        ("pero el cobro duplicado sigue ahí", "¿Cuándo me devuelven el dinero?"),
    ),
    Kept(
        "un_saludo_begins_the_ticket",
        "Consulta",
        "Un saludo, soy clienta desde 2019 y no puedo entrar en mi cuenta.",
        ("soy clienta desde 2019 y no puedo entrar en mi cuenta",),
    ),
    Kept(
        "de_and_para_of_amounts",
        "Límites",
        "De: 100 EUR Para: 200 EUR\nQuiero cambiar así el límite diario de mi tarjeta.",
        ("De: 100 EUR Para: 200 EUR", "Quiero cambiar así el límite diario de mi tarjeta."),
    ),
    Kept(
        "de_and_para_of_a_transfer",
        "Transferencia perdida",
        "No ha llegado esta transferencia:\nDe: cuenta nómina\nPara: cuenta ahorro\nFecha: 12 de mayo\nAsunto:"
        " vacaciones\n"
        "Importe: 250,00\n¿Dónde está?",
        ("De: cuenta nómina", "Para: cuenta ahorro", "vacaciones", "Importe: 250,00", "¿Dónde está?"),
    ),
    Kept(
        "enviado_el_of_a_parcel",
        "Paquete",
        "Enviado el: lunes 3 de marzo\nPara: C/ del Olmo, 14\nEstado: entregado\nAquí no ha llegado nada."
        " Búsquenlo, por favor.",
        ("lunes 3 de marzo", "Aquí no ha llegado nada. Búsquenlo, por favor."),
    ),
    Kept(
        "enviado_desde_mi_begins_a_complaint",
        "Error mío",
        "Enviado desde mi cuenta a otra persona por error: 300 euros.\n¿Cómo los recupero?",
        ("Enviado desde mi cuenta a otra persona por error: 300 euros.", "¿Cómo los recupero?"),
    ),
    Kept(
        "an_agent_wrote_on_monday_spanish",
        "Comisión",
        "El lunes 3 su agente me escribió que no habría comisión.\nHoy me la han cobrado. ¿Por qué?",
        ("El lunes 3 su agente me escribió que no habría comisión.", "Hoy me la han cobrado. ¿Por qué?"),
    ),
    Kept(
        "an_agent_wrote_with_a_colon_spanish",
        "Préstamo",
        "El 3 de marzo su compañero escribió:\nsu préstamo está aprobado.\nHoy recibo una carta que lo deniega."
        " ¿Cuál vale?",
        ("su préstamo está aprobado", "Hoy recibo una carta que lo deniega. ¿Cuál vale?"),
    ),
    Kept(
        "list_with_hyphens_spanish",
        "Varias cosas",
        "Necesito tres cosas:\n- anular la domiciliación del gimnasio\n- subir el límite a 2000\n- un PIN nuevo",
        ("- anular la domiciliación del gimnasio", "- subir el límite a 2000", "- un PIN nuevo"),
    ),
    Kept(
        "steps_between_dash_lines_spanish",
        "No puedo entrar",
        "Paso uno: abro la aplicación.\n--\nPaso dos: pongo el código.\n--\nPaso tres: pantalla en blanco. ¿Qué"
        " ocurre?",
        ("Paso uno: abro la aplicación.", "Paso dos: pongo el código.", "Paso tres: pantalla en blanco. ¿Qué ocurre?"),
    ),
    Kept(
        "error_behind_a_sign_spanish",
        "Extracto",
        "Al descargar el extracto sale\n> Error 403: sesión caducada\ny acabo de entrar. ¿Qué puedo hacer?",
        ("Error 403: sesión caducada", "y acabo de entrar. ¿Qué puedo hacer?"),
    ),
    Kept(
        "asks_what_the_notice_means_spanish",
        "Sus correos",
        "¿Qué significa el aviso legal de sus correos, el del RGPD y la LOPD? Quiero ejercer mi derecho de supresión.",
        ("¿Qué significa el aviso legal de sus correos", "Quiero ejercer mi derecho de supresión."),
    ),
    Kept(
        "protection_of_data_is_the_question",
        "Datos",
        "PROTECCIÓN DE DATOS: soy el titular y pido que eliminen mis datos personales y me den de baja.",
        ("pido que eliminen mis datos personales y me den de baja",),
    ),
    Kept(
        "address_is_the_question_spanish",
        "Mudanza",
        "Cambien mi dirección, por favor. La nueva es:\n\nLucía Bernal\nC/ Hilanderas, 38\n46999 Valencia\n\nGracias",
        ("Cambien mi dirección, por favor.", "C/ Hilanderas, 38", "46999 Valencia"),
    ),
    Kept(
        "telephone_is_the_question_spanish",
        "Número nuevo",
        "Mi nuevo número de teléfono es:\n555 12 34 01\nYa no tengo el anterior, no envíen códigos allí.",
        ("Mi nuevo número de teléfono es:", "555 12 34 01", "Ya no tengo el anterior, no envíen códigos allí."),
    ),
    Kept(
        "call_me_at_a_number_spanish",
        "Hipoteca",
        "Llámenme por lo de la hipoteca\nTel.: 555 98 76 01, por la tarde\nEste mes no puedo pagar.",
        ("Llámenme por lo de la hipoteca", "555 98 76 01, por la tarde", "Este mes no puedo pagar."),
    ),
    Kept(
        "postscript_with_the_question_spanish",
        "Gracias",
        "Hola, Marta:\n\nya está todo bien, muchas gracias por la paciencia.\n\nUn saludo,\nRocío\n\n"
        "P. D.: ¿Por qué me han cobrado dos veces el mismo billete de tren?",
        ("¿Por qué me han cobrado dos veces el mismo billete de tren?",),
    ),
    Kept(
        "question_after_the_signature_spanish",
        "Hola",
        "Hola:\n\nespero que estén bien.\n\nUn saludo,\nGonzalo Carballo\nGerente, Talleres Albufera\n\n"
        "Perdón, se me olvidaba: ¿pueden usar dos personas la misma tarjeta de empresa?",
        ("¿pueden usar dos personas la misma tarjeta de empresa?",),
    ),
    Kept(
        "only_a_quote_spanish",
        "Rv",
        "> Su recibo ha sido devuelto. Póngase en contacto con nosotros en 7 días.",
        ("Su recibo ha sido devuelto.",),
    ),
    Kept(
        "only_a_phone's_footer_spanish",
        "¿Por qué sigue pendiente mi recarga?",
        "Enviado desde mi iPhone",
        ("Enviado desde mi iPhone",),
    ),
    Kept(
        "only_a_footer_spanish",
        "Aviso",
        "Este mensaje es confidencial. Si lo ha recibido por error, elimínelo y avise al remitente.",
        ("Este mensaje es confidencial.",),
    ),
    Kept(
        "labels_of_an_error_spanish",
        "Pago",
        "Código: 51\nMensaje: operación no permitida\nNombre: L BERNAL\nTengo saldo. ¿Por qué lo rechaza la tienda?",
        ("operación no permitida", "Tengo saldo. ¿Por qué lo rechaza la tienda?"),
    ),
    Kept(
        "asks_to_print_nothing",
        "Papel",
        "Antes de imprimir otro extracto, piensen en el medio ambiente: los quiero solo por correo electrónico.",
        ("los quiero solo por correo electrónico",),
    ),
    Kept(
        "rule_between_two_questions_spanish",
        "Dos preguntas",
        "<p>¿Cómo cambio el PIN?</p><hr><p>¿Y puedo ver el antiguo en la aplicación?</p>",
        ("¿Cómo cambio el PIN?", "¿Y puedo ver el antiguo en la aplicación?"),
    ),
    Kept(
        "letter_with_a_head_spanish",
        "Reclamación",
        "A la atención de: Atención al Cliente\nFecha: 3 de marzo\nAsunto: cobro en una cuenta cerrada\n\nCerré"
        " la cuenta en"
        " enero y en febrero me cobraron. Exijo la devolución.",
        ("Cerré la cuenta en enero y en febrero me cobraron. Exijo la devolución.",),
    ),
)
