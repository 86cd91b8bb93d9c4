"""Spanish tickets in which something looks like mail and is what the customer says."""

from tests.support.mail_layouts.unseen_threads import Kept

FINAL_KEPT_SPANISH = (
    Kept(
        "traspaso-de-para",
        "Traspaso perdido",
        "No encuentro este traspaso:\n\nDe: mi cuenta de ahorro\nPara: mi cuenta corriente\nFecha: 3 de marzo\n"
        "Importe: 250,00 €\n\n¿Dónde está el dinero?",
        ("De: mi cuenta de ahorro", "Para: mi cuenta corriente", "Importe: 250,00 €", "¿Dónde está el dinero?"),
    ),
    Kept(
        "posdata-tras-la-despedida",
        "Paquete",
        "Hola:\n\nEl paquete llegó abierto.\n\nUn saludo,\nMaría\n\nP. D.: El pedido es el 4411 y faltan dos vasos.",
        ("El paquete llegó abierto.", "El pedido es el 4411 y faltan dos vasos."),
    ),
    Kept(
        "gracias-al-principio",
        "Otra vez la tarjeta",
        "Gracias por su ayuda de ayer.\n\nSaludos a Tomás también.\n\nAhora la tarjeta no funciona en ninguna tienda.",
        ("Gracias por su ayuda de ayer.", "Ahora la tarjeta no funciona en ninguna tienda."),
    ),
    Kept(
        "enviado-desde-mi-iphone-en-una-frase",
        "Las fotos no llegan",
        "Lo enviado desde mi iPhone no llega nunca al chat.\nEnviado desde el portátil llega enseguida. ¿Pueden"
        " arreglarlo?",
        ("Lo enviado desde mi iPhone no llega nunca al chat.", "Enviado desde el portátil llega enseguida."),
    ),
    Kept(
        "guiones-de-lista",
        "Artículos equivocados",
        "He recibido tres artículos equivocados:\n-- una chaqueta azul en vez de verde\n-- dos zapatos izquierdos\n"
        "-- un cinturón que no pedí",
        ("una chaqueta azul en vez de verde", "dos zapatos izquierdos", "un cinturón que no pedí"),
    ),
    Kept(
        "raya-entre-dos-problemas",
        "Dos cosas",
        "Primero: falta la factura de mayo.\n\n____________________\n\nSegundo: la factura de junio está dos veces.",
        ("falta la factura de mayo.", "la factura de junio está dos veces."),
    ),
    Kept(
        "ruta-de-menu",
        "No encuentro la opción",
        "Sigo estos pasos:\n\n> Ajustes\n> Mi perfil\n> Cambiar contraseña\n\ny la última opción sale en gris.",
        ("Ajustes", "Mi perfil", "Cambiar contraseña", "y la última opción sale en gris."),
    ),
    Kept(
        "pregunta-por-el-aviso-legal",
        "Pie de los correos",
        'Todos mis correos acaban con "Este mensaje es confidencial y va dirigido exclusivamente a su destinatario".'
        " ¿Cómo"
        " quito ese pie en mi cuenta?",
        ("Este mensaje es confidencial y va dirigido exclusivamente a su destinatario", "quito ese pie en mi cuenta?"),
    ),
    Kept(
        "solo-una-cita",
        "Re: Cuenta bloqueada",
        "> Hola:\n> Tengo la cuenta bloqueada desde la actualización.\n> ¿Me pueden ayudar?",
        ("Tengo la cuenta bloqueada desde la actualización.", "¿Me pueden ayudar?"),
    ),
    Kept(
        "reenvio-sin-palabras",
        "RV: Lectura equivocada",
        "---------- Forwarded message ---------\nDe: Paula Montes <paula@correo.example>\n"
        "Date: lun, 3 mar 2025 a las 9:12\nSubject: Lectura equivocada\nTo: <daniel@correo.example>\n\n\n"
        "La lectura de la factura es 5120, pero el contador marca 4120. Envíenme una factura corregida.",
        ("La lectura de la factura es 5120, pero el contador marca 4120.", "Envíenme una factura corregida."),
    ),
    Kept(
        "cambio-de-datos",
        "Datos nuevos",
        "Por favor, cambien mis datos por estos:\n\nNombre: Elena Crespo\nCorreo electrónico: elena@correo.example\n"
        "Teléfono: 600 555 117\nDirección: Plaza de España, 3, Villaflor",
        (
            "Por favor, cambien mis datos por estos:",
            "Nombre: Elena Crespo",
            "Correo electrónico: elena@correo.example",
            "Teléfono: 600 555 117",
            "Dirección: Plaza de España, 3, Villaflor",
        ),
    ),
    Kept(
        "el-repartidor-escribio",
        "No entregado",
        "El martes a las 10:14 el repartidor escribió:\n«Entregado a un vecino».\nNo tengo vecinos. ¿Dónde está mi"
        " paquete?",
        (
            "El martes a las 10:14 el repartidor escribió:",
            "Entregado a un vecino",
            "No tengo vecinos. ¿Dónde está mi paquete?",
        ),
    ),
    Kept(
        "darse-de-baja-no-funciona",
        "Boletín",
        "Pulso «darse de baja» al final de su boletín y no pasa nada. Para darme de baja, ¿qué tengo que hacer?",
        ("Pulso «darse de baja» al final de su boletín", "Para darme de baja, ¿qué tengo que hacer?"),
    ),
    Kept(
        "direccion-para-el-cambio",
        "Cambio del producto",
        "Manden el producto nuevo a mi trabajo:\n\nÓscar Rubio\nLibrería El Faro\nCalle del Pino, 112\n"
        "46995 Benimar (Valencia)\nTfno.: 600 555 145\n\ny no a mi casa.",
        ("Óscar Rubio", "Calle del Pino, 112", "46995 Benimar (Valencia)", "y no a mi casa."),
    ),
    Kept(
        "mensaje-del-datafono",
        "Error del datáfono",
        "El datáfono imprime esto:\n\nMensaje: tarjeta rechazada\nCódigo: 51\nFecha: 12/05/2025\n\nEl banco del"
        " cliente dice"
        " que todo está bien.",
        ("Mensaje: tarjeta rechazada", "Código: 51", "El banco del cliente dice que todo está bien."),
    ),
    Kept(
        "mensaje-original-en-una-frase",
        "Comprobante",
        "El mensaje original decía que el pago estaba hecho.\nAhora la web dice que está pendiente. ¿Cuál vale?",
        ("El mensaje original decía que el pago estaba hecho.", "Ahora la web dice que está pendiente. ¿Cuál vale?"),
    ),
    Kept(
        "cita-de-las-condiciones-en-html",
        "Plazo de reembolso",
        '<div dir="ltr"><p>Sus condiciones dicen:</p><blockquote>Los reembolsos se pagan en 14 días.</blockquote>'
        "<p>Llevo 30 días esperando. ¿Cuándo me pagarán?</p></div>",
        ("Los reembolsos se pagan en 14 días.", "Llevo 30 días esperando. ¿Cuándo me pagarán?"),
    ),
    Kept(
        "linea-entre-dos-problemas-en-html",
        "Dos averías",
        "<p>La calefacción no arranca por la mañana.</p><hr><p>Además, la pantalla marca mal la hora.</p>",
        ("La calefacción no arranca por la mañana.", "Además, la pantalla marca mal la hora."),
    ),
    Kept(
        "no-responda-a-este-correo",
        "¿Dónde escribo?",
        "Todos sus correos dicen «No responda a este correo». Entonces, ¿dónde puedo responder? Mi pedido es el 20331.",
        ("No responda a este correo", "¿dónde puedo responder? Mi pedido es el 20331."),
    ),
)
