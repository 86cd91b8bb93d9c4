"""What people and companies say around the question in the final layouts."""

TOPIC = {
    "en": (
        "Your enquiry",
        "Question",
        "Your message to us",
        "Help needed",
        "Your recent contact",
        "Follow-up",
    ),
    "es": (
        "Su consulta",
        "Pregunta",
        "Su mensaje",
        "Necesito ayuda",
        "Consulta",
        "Seguimiento de su solicitud",
    ),
}
GREETING = {
    "en": (
        "Hi,",
        "Hello,",
        "Hi {agent},",
        "Dear {agent},",
        "Good morning,",
        "Hi there,",
        "Dear Sir or Madam,",
    ),
    "es": (
        "Hola:",
        "Buenos días:",
        "Hola, {agent}:",
        "Buenas tardes,",
        "Buenos días, {agent}:",
        "Hola, buenas:",
        "Muy señores míos:",
    ),
}
CLOSING = {
    "en": (
        "Kind regards,",
        "Thanks,",
        "Many thanks,",
        "Best regards,",
        "Regards,",
        "Thank you,",
        "Best wishes,",
        "Cheers,",
    ),
    "es": (
        "Un saludo,",
        "Saludos,",
        "Muchas gracias.",
        "Saludos cordiales,",
        "Gracias y un saludo,",
        "Atentamente,",
        "Gracias de antemano.",
    ),
}
ANSWER = {
    "en": (
        (
            "Thank you for contacting us. We have received your message and a colleague will reply within one"
            " working day."
        ),
        "Thanks for getting in touch. Could you tell us a little more so that we can look into this for you?",
        "I have passed your message to the right department. They will be in touch with you shortly.",
        "We are sorry for the delay in coming back to you. Is there anything else that we can help you with?",
        "Thank you for your patience. Your details are now up to date, and no further action is needed from you.",
        "I am happy to help. Please reply to this email if you have any other questions.",
        "Our offices are closed at the weekend. We will look at your message first thing on Monday morning.",
    ),
    "es": (
        (
            "Gracias por ponerse en contacto con nosotros. Hemos recibido su mensaje y le responderemos en un"
            " día laborable."
        ),
        "Gracias por escribirnos. ¿Podría darnos algún detalle más para que podamos ayudarle?",
        "He trasladado su mensaje al departamento correspondiente. Se pondrán en contacto con usted en breve.",
        "Lamentamos la demora en contestarle. ¿Podemos ayudarle en algo más?",
        "Gracias por su paciencia. Sus datos ya están actualizados y no tiene que hacer nada más.",
        "Le ayudaré con mucho gusto. Si tiene cualquier otra duda, responda a este correo.",
        "Nuestras oficinas están cerradas el fin de semana. Revisaremos su mensaje el lunes a primera hora.",
    ),
}
BEFORE = {
    "en": (
        "I tried to call you this morning but the line was busy. Could somebody ring me back?",
        "I moved house last month. Can you confirm that you have my new address?",
        "I would like to know your opening hours over the holidays.",
        "Could you send me a copy of last year's documents, please?",
        "I filled in the form on your website last week and have not heard back.",
        "Is it still possible to change the name on my profile?",
    ),
    "es": (
        "Les he llamado esta mañana, pero comunicaban. ¿Podrían llamarme ustedes?",
        "Me mudé el mes pasado. ¿Pueden confirmarme que tienen mi nueva dirección?",
        "Quisiera saber su horario durante las fiestas.",
        "¿Podrían enviarme una copia de los documentos del año pasado, por favor?",
        "Rellené el formulario de su web la semana pasada y no he tenido respuesta.",
        "¿Todavía puedo cambiar el nombre de mi perfil?",
    ),
}
DISCLAIMER = {
    "en": (
        (
            "This email and any attachments are confidential and intended solely for the use of the individual"
            " to whom it is addressed. If you have received this email in error, please notify the sender and"
            " delete it from your system."
        ),
        (
            "CONFIDENTIALITY NOTICE: The information contained in this message may be privileged and"
            " confidential and protected from disclosure. If you are not the intended recipient, any use,"
            " copying or distribution of this communication is strictly prohibited."
        ),
        (
            "The contents of this e-mail are intended for the named addressee only. Unless you are the named"
            " addressee you may not copy or use it, or disclose it to anyone else. {company} accepts no"
            " liability for any damage caused by any virus transmitted by this email."
        ),
        (
            "{company} is registered in England and Wales. Registered office: {street}, {town}. This message is"
            " intended only for the person to whom it is addressed and may contain confidential information. If"
            " it has come to you in error, please contact us and destroy all copies."
        ),
        (
            "Please consider the environment before printing this email.\n\nThis e-mail may contain confidential"
            " material. If you are not the intended recipient, please delete it and let us know by reply."
        ),
        (
            "DISCLAIMER: Any views expressed in this message are those of the individual sender and may not"
            " necessarily reflect the views of {company}. The recipient should check this email for the presence"
            " of viruses."
        ),
    ),
    "es": (
        (
            "Este mensaje y sus archivos adjuntos son confidenciales y van dirigidos exclusivamente a su"
            " destinatario. Si ha recibido este mensaje por error, le rogamos que lo comunique al remitente y"
            " proceda a su eliminación."
        ),
        (
            "AVISO LEGAL: La información contenida en este correo electrónico es confidencial y puede estar"
            " protegida por el secreto profesional. Si usted no es el destinatario, le informamos de que su uso,"
            " copia o distribución está prohibida por la ley."
        ),
        (
            "De conformidad con el Reglamento (UE) 2016/679, le informamos de que sus datos son tratados por"
            " {company}, con domicilio en {street}, {town}, con la finalidad de gestionar la relación comercial."
            " Puede ejercer sus derechos de acceso, rectificación, supresión y oposición escribiendo a {address}."
        ),
        (
            "Antes de imprimir este correo, piense si es necesario. El medio ambiente es cosa de todos.\n\nEste"
            " correo puede contener información confidencial. Si no es usted el destinatario, bórrelo y avísenos."
        ),
        (
            "PROTECCIÓN DE DATOS: {company} es responsable del tratamiento de sus datos, que se conservarán"
            " mientras exista interés mutuo. No se comunicarán a terceros salvo obligación legal. Más"
            " información en www.{host}."
        ),
        (
            "CONFIDENCIALIDAD: El contenido de esta comunicación, así como el de toda la documentación anexa, va"
            " dirigido únicamente a la persona indicada. {company} no se hace responsable de los daños causados"
            " por virus que pueda contener este mensaje."
        ),
    ),
}
