"""Pantalla de sincronización: historial y ejecución a mano."""

from flask import Blueprint, flash, redirect, render_template, url_for

import db
from auth import role_required
from sync_service import sincronizar

bp = Blueprint("sincronizacion", __name__)


@bp.get("/sincronizacion")
@role_required("admin")
def historial():
    registros = db.filas("SELECT * FROM sync_log ORDER BY id DESC LIMIT 30")
    return render_template("sincronizacion.html", registros=registros)


@bp.post("/sincronizacion")
@role_required("admin")
def ejecutar():
    registros = sincronizar()
    fallido = next((registro for registro in registros if registro.resultado == "error"), None)
    if fallido:
        flash(f"La sincronización no se aplicó. {fallido.error}", "error")
    else:
        leidas = sum(registro.leidas for registro in registros)
        insertadas = sum(registro.insertadas for registro in registros)
        actualizadas = sum(registro.actualizadas for registro in registros)
        flash(
            f"Sincronización terminada: {leidas} filas leídas, {insertadas} insertadas, "
            f"{actualizadas} actualizadas",
            "ok",
        )
    return redirect(url_for("sincronizacion.historial"))
