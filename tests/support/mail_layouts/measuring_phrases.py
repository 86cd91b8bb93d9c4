"""What the writers of the measuring layouts say before and after the question, and what their desks said earlier."""

GREETING = {
    "en": (
        "Hi guys,", "Hello there", "Good morning team,", "Hiya,", "Dear Sir or Madam,", "Hi {agent},", "Hey,",
        "To whom it may concern:", "Good afternoon {agent}", "Hi all,", "Dear support team,", "Morning!",
    ),
    "es": (
        "Buenas,", "Muy buenas", "Buenos días:", "Hola, {agent}:", "Estimados señores:", "Hola a todos,", "Hola!!",
        "A quien corresponda:", "Buenas tardes, {agent}", "Apreciada {agent}:", "Hola equipo", "Muy señores míos:",
    ),
}  # fmt: skip
CLOSING = {
    "en": (
        "Thanks so much!", "Many thanks in advance,", "Cheers", "Kind regards,", "Looking forward to hearing from you.",
        "All the best", "Thank you for your help,", "Yours faithfully,", "Rgds", "Have a great day!", "Ta,",
        "Warmest regards,",
    ),
    "es": (
        "Saludos y buen día", "Quedo a la espera de noticias", "Un cordial saludo,", "Muchas gracias de antemano.",
        "Atentamente,", "Un saludo", "Gracias y saludos,", "Quedo a su disposición para cualquier aclaración.", "Slds.",
        "Feliz fin de semana", "Mil gracias!", "Reciban un cordial saludo,",
    ),
}  # fmt: skip
EARLIER = {
    "en": (
        "Thank you for contacting us. We have opened a case and a colleague will look into this.",
        "Could you tell us a little more, so that we can pass it to the right department?",
        "We are sorry for the delay. Our specialists are still checking your account.",
        "Please send us a photo of the document and the last four digits of the card.",
        "Your request was received. We usually answer within two working days.",
        "As discussed by phone, we have forwarded your documents to the back office.",
        "I have reset the setting on our side; please try again and let me know.",
        "We closed this request because we did not hear back from you.",
        "The payments team has asked for your confirmation before they continue.",
    ),
    "es": (
        "Gracias por ponerse en contacto con nosotros. Hemos abierto un caso y un compañero lo revisará.",
        "¿Podría darnos algún detalle más, para pasarlo al departamento adecuado?",
        "Sentimos la demora. Nuestros especialistas siguen comprobando su cuenta.",
        "Envíenos, por favor, una foto del documento y los cuatro últimos dígitos de la tarjeta.",
        "Hemos recibido su solicitud. Solemos responder en dos días laborables.",
        "Como le comenté por teléfono, hemos enviado su documentación al departamento central.",
        "He restablecido el ajuste desde aquí; pruebe de nuevo y me cuenta.",
        "Cerramos esta solicitud porque no tuvimos respuesta por su parte.",
        "El equipo de pagos pide su confirmación antes de continuar.",
    ),
}
TOPIC = {
    "en": (
        "Your request", "Case update", "Question", "Help needed", "Account", "Follow-up", "Enquiry", "Support request",
    ),
    "es": (
        "Su solicitud", "Novedades del caso", "Consulta", "Necesito ayuda", "Cuenta", "Seguimiento", "Duda",
        "Incidencia",
    ),
}  # fmt: skip
DISCLAIMER = {
    "en": (
        (
            "This email and any files transmitted with it are confidential and intended solely for the use of the"
            " individual or entity to whom they are addressed. If you have received this email in error please notify"
            " the system manager."
        ),
        (
            "HIPAA NOTICE: This message may contain protected health information (PHI). Unauthorized review, use or"
            " disclosure is prohibited by federal law. If you are not the intended recipient, destroy all copies."
        ),
        (
            "{company} is authorised and regulated by the Financial Conduct Authority (FRN {ref}). Registered in"
            " England and Wales No. 0{ref}. Registered office: {street}, {town}."
        ),
        (
            "The University is a charitable body, registered in Scotland, with registration number SC0{ref}. Views"
            " expressed are those of the sender."
        ),
        (
            "GDPR: we process your personal data in line with our privacy notice, which can be read at"
            " https://www.{domain}/privacy. You may ask us to delete your data at any time."
        ),
        (
            "Emails sent to and from this council may be monitored and may be disclosed under the Freedom of"
            " Information Act 2000. Please consider the environment before printing this email."
        ),
        (
            "IMPORTANT: insurance coverage cannot be bound, changed or cancelled by email or voicemail. Please contact"
            " {company} on {phone} during office hours."
        ),
        (
            "IRS Circular 230 Disclosure: any tax advice contained in this communication is not intended to be used"
            " for the purpose of avoiding penalties. This message is privileged; delete it if it was sent in error."
        ),
        (
            "Although {company} has taken reasonable precautions to ensure no viruses are present in this email, the"
            " company cannot accept responsibility for any loss or damage arising from its use."
        ),
    ),
    "es": (
        (
            "AVISO LEGAL: Este mensaje y sus archivos adjuntos van dirigidos exclusivamente a su destinatario, pudiendo"
            " contener información confidencial sometida a secreto profesional. Si lo ha recibido por error, le rogamos"
            " que lo comunique y proceda a su destrucción."
        ),
        (
            "En cumplimiento de la LOPDGDD 3/2018 y del RGPD (UE) 2016/679, le informamos de que sus datos forman parte"
            " de un fichero titularidad de {company}, con domicilio en {street}, {town}. Puede ejercer sus derechos de"
            " acceso, rectificación y supresión en rgpd@{domain}."
        ),
        (
            "{company} está inscrita en el Registro Mercantil, tomo {ref}, folio 12, hoja M-{ref}, inscripción 1.ª,"
            " CIF B-0{ref}."
        ),
        (
            "La Universidad no se hace responsable de las opiniones vertidas en este correo, que son exclusivas de su"
            " autor. Este correo electrónico puede contener información reservada."
        ),
        (
            "Responsable del tratamiento: {company}. Finalidad: gestión de clientes y contactos. Legitimación: interés"
            " legítimo. No se cederán datos a terceros salvo obligación legal. Más información en"
            " www.{domain}/privacidad."
        ),
        (
            "Este correo procede de una Administración pública. Su contenido no tiene carácter de notificación ni"
            " produce efectos jurídicos. Antes de imprimir este mensaje, asegúrese de que es necesario."
        ),
        (
            "Entidad aseguradora sujeta a la supervisión de la Dirección General de Seguros y Fondos de Pensiones,"
            " clave C0{ref}. Las coberturas no pueden modificarse por correo electrónico."
        ),
        (
            "CONFIDENCIALIDAD: queda prohibida la divulgación, copia o distribución a terceros de este mensaje sin la"
            " autorización previa y por escrito del remitente. Si no es usted el destinatario, bórrelo."
        ),
        (
            "Aunque {company} ha tomado las medidas oportunas para que este correo no contenga virus, no asume"
            " responsabilidad alguna por los daños que su recepción pudiera causar."
        ),
    ),
}
