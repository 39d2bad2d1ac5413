"""Inicio de sesión y permisos por rol."""

from functools import wraps

from flask import Blueprint, abort, flash, g, redirect, render_template, request, session, url_for

import db
from claves import clave_correcta

ROLES = ("admin", "operador", "cliente")

bp = Blueprint("auth", __name__)


@bp.before_app_request
def cargar_usuario():
    g.usuario = None
    if request.endpoint == "static":
        return
    usuario_id = session.get("usuario_id")
    if usuario_id is not None:
        g.usuario = db.fila(
            """SELECT u.id, u.email, u.nombre, u.rol, u.cliente_id, c.razon_social AS cliente
               FROM usuarios u LEFT JOIN clientes c ON c.id = u.cliente_id
               WHERE u.id = %s AND u.activo""",
            (usuario_id,),
        )


def role_required(*roles):
    """Exige una sesión iniciada con alguno de los roles indicados."""

    def decorador(vista):
        @wraps(vista)
        def protegida(*args, **kwargs):
            if g.usuario is None:
                destino = request.full_path.rstrip("?") if request.method == "GET" else None
                return redirect(url_for("auth.login", next=destino))
            if g.usuario["rol"] not in roles:
                abort(403)
            return vista(*args, **kwargs)

        return protegida

    return decorador


def destino_seguro(destino):
    """Solo se acepta volver a una ruta de esta misma aplicación."""
    if not destino or not destino.startswith("/"):
        return None
    # Un navegador ignora tabuladores y saltos de línea: /\t/otro.sitio es //otro.sitio.
    if destino.startswith("//") or "\\" in destino or not destino.isprintable():
        return None
    return destino


@bp.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        if g.usuario is not None:
            return redirect(url_for("paneles.inicio"))
        return render_template("login.html", email="")

    email = request.form.get("email", "").strip().lower()
    usuario = db.fila("SELECT id, clave_hash FROM usuarios WHERE email = %s AND activo", (email,))
    hash_guardado = usuario["clave_hash"] if usuario else None
    if not clave_correcta(hash_guardado, request.form.get("clave", "")):
        flash("Usuario o contraseña incorrectos", "error")
        return render_template("login.html", email=email)

    session.clear()
    session.permanent = True
    session["usuario_id"] = usuario["id"]
    return redirect(destino_seguro(request.args.get("next")) or url_for("paneles.inicio"))


@bp.post("/logout")
def logout():
    session.clear()
    flash("Sesión cerrada", "ok")
    return redirect(url_for("auth.login"))
