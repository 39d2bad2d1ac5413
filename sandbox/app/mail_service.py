"""Correo con la guía de un envío adjunta."""

import base64

import graph
from pdf_service import generar_pdf


def asunto_de(envio):
    return f"Envío {envio['numero']}"


def enviar_guia(envio, para, mensaje):
    """Envía la guía en PDF. Lanza GraphError si no se pudo enviar."""
    texto = mensaje or f"Adjuntamos la guía del envío {envio['numero']}."
    graph.enviar_correo(
        {
            "subject": asunto_de(envio),
            "body": {"contentType": "Text", "content": f"{texto}\n\nDestinatario: {envio['destinatario']}"},
            "toRecipients": [{"emailAddress": {"address": para}}],
            "attachments": [
                {
                    "@odata.type": "#microsoft.graph.fileAttachment",
                    "name": f"{envio['numero']}.pdf",
                    "contentType": "application/pdf",
                    "contentBytes": base64.b64encode(generar_pdf(envio)).decode(),
                }
            ],
        }
    )
