"""Envío por correo de la guía de un envío."""

import logging
import re

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

import db
from auth import role_required
from envios import buscar_envio
from graph import GraphError
from mail_service import asunto_de, enviar_guia

logger = logging.getLogger("envios.correo")

bp = Blueprint("correo", __name__)


@bp.route("/envios/<int:envio_id>/correo", methods=["GET", "POST"])
@role_required("admin", "operador")
def enviar(envio_id):
    envio = buscar_envio(envio_id)
    para = request.form.get("para", "").strip()
    mensaje = request.form.get("mensaje", "").strip()
    if request.method == "GET":
        return mostrar(envio, para, mensaje)

    if not re.fullmatch(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+", para):
        return mostrar(envio, para, mensaje, error="Indique una dirección de correo válida.")
    try:
        enviar_guia(envio, para, mensaje)
    except GraphError as error:
        logger.error("No se envió el correo de %s: %s", envio["numero"], error)
        flash(f"No se pudo enviar el correo. {error}", "error")
        return mostrar(envio, para, mensaje)

    db.ejecutar(
        "INSERT INTO correos (envio_id, usuario_id, para, asunto, mensaje) VALUES (%s, %s, %s, %s, %s)",
        (envio_id, g.usuario["id"], para, asunto_de(envio), mensaje),
    )
    flash(f"Correo enviado a {para}", "ok")
    return redirect(url_for("envios.detalle", envio_id=envio_id))


def mostrar(envio, para, mensaje, error=None):
    return render_template("envios/correo.html", envio=envio, para=para, mensaje=mensaje, error=error)
