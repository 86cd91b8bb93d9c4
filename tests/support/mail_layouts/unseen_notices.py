"""Notices of companies, greetings and closing lines of the unseen layouts, in words of our own."""

DISCLAIMER = {
    "en": (
        (
            "This email and any attachments are confidential and intended solely for the addressee. If you have"
            " received it in error, please notify {company} at once and delete it from your system. You must not"
            " copy, disclose or distribute the contents to any other person."
        ),
        (
            "CONFIDENTIALITY NOTICE: The contents of this message may be privileged. Any unauthorised review, use"
            " or disclosure is prohibited. If you are not the intended recipient, contact the sender and destroy"
            " all copies."
        ),
        (
            "{company} is registered in England and Wales, company number 09{number:06}. Registered office:"
            " {street}, {town}. Views expressed in this message are those of the author. We do not accept"
            " liability for loss or damage caused by viruses, or for payments made to changed bank details without"
            " confirmation by phone."
        ),
        (
            "Internet communications are not secure and {company} therefore accepts no legal responsibility for"
            " this message. Our bank details will never change by email. See our privacy policy at {site} for how"
            " we process, store and delete personal data."
        ),
        (
            "The information transmitted, including attachments, is intended only for the person or entity to"
            " which it is addressed. Please do not pay any invoice, or cancel any order, on the strength of this"
            " e-mail alone."
        ),
    ),
    "es": (
        (
            "AVISO LEGAL: Este mensaje y sus archivos adjuntos van dirigidos exclusivamente a su destinatario y"
            " pueden contener información confidencial. Si lo ha recibido por error, le rogamos que lo comunique"
            " al remitente y lo elimine. Queda prohibida su copia, difusión o divulgación sin autorización de"
            " {company}."
        ),
        (
            "PROTECCIÓN DE DATOS: De conformidad con el RGPD (UE) 2016/679 y la LOPDGDD 3/2018, le informamos de"
            " que sus datos son tratados por {company}, con domicilio en {street}, {town}, para gestionar la"
            " relación comercial. Puede ejercer sus derechos de acceso, rectificación, supresión, limitación,"
            " portabilidad y oposición en {mail}, o reclamar ante la Agencia Española de Protección de Datos."
        ),
        (
            "En cumplimiento de la LOPD, sus datos forman parte de un fichero responsabilidad de {company}. La"
            " información de este correo es secreta y no podrá facilitarse a terceros. Para cancelar su"
            " suscripción o dar de baja sus datos, escriba a {mail}."
        ),
        (
            "Le informamos de que {company} es responsable del tratamiento de sus datos con la finalidad de"
            " atender su solicitud. No se cederán a terceros salvo obligación legal. Más información en {site}."
        ),
        (
            "La transmisión por correo electrónico no garantiza la seguridad del contenido; {company} no se hace"
            " responsable de virus ni de pagos hechos a cuentas cambiadas. Si no es usted el destinatario,"
            " destruya este mensaje y no lo reenvíe."
        ),
    ),
}
ENVIRONMENT = {
    "en": "Please consider the environment before printing this e-mail.",
    "es": "Antes de imprimir este mensaje, piense si es necesario. El medio ambiente está en nuestra mano.",
}
GREETING = {
    "en": ("Hi,", "Hello,", "Hi {first},", "Dear {first},", "Good morning,", "Dear Sir or Madam,", "Hi team,"),
    "es": (
        "Hola:",
        "Buenos días:",
        "Hola, {first}:",
        "Estimada {first}:",
        "Buenas tardes,",
        "Muy señores míos:",
        "Buenas,",
    ),
}
CLOSING = {
    "en": ("Kind regards,", "Thanks,", "Best wishes,", "Many thanks", "Yours sincerely,", "Cheers,", "Best,"),
    "es": (
        "Un saludo,",
        "Saludos cordiales,",
        "Gracias y un saludo,",
        "Atentamente,",
        "Muchas gracias.",
        "Un abrazo,",
        "Slds.",
    ),
}
