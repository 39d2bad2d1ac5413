"""Administración de usuarios."""

import re

import psycopg
from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for

import db
from auth import ROLES, role_required
from claves import generar_hash
from formatos import leer_entero

bp = Blueprint("usuarios", __name__)

LARGO_MINIMO_CLAVE = 10


@bp.get("/usuarios")
@role_required("admin")
def lista():
    usuarios = db.filas(
        """SELECT u.id, u.nombre, u.email, u.rol, u.activo, c.razon_social AS cliente
           FROM usuarios u LEFT JOIN clientes c ON c.id = u.cliente_id
           ORDER BY u.nombre"""
    )
    return render_template("usuarios/lista.html", usuarios=usuarios)


@bp.route("/usuarios/nuevo", methods=["GET", "POST"])
@role_required("admin")
def nuevo():
    valores = {
        campo: request.form.get(campo, "").strip() for campo in ("nombre", "email", "rol", "cliente_id")
    }
    valores["email"] = valores["email"].lower()
    if request.method == "GET":
        return mostrar_formulario(valores, {})

    clave = request.form.get("clave", "")
    errores = validar(valores, clave)
    if errores:
        return mostrar_formulario(valores, errores)
    try:
        db.ejecutar(
            "INSERT INTO usuarios (nombre, email, clave_hash, rol, cliente_id) VALUES (%s, %s, %s, %s, %s)",
            (
                valores["nombre"],
                valores["email"],
                generar_hash(clave),
                valores["rol"],
                leer_entero(valores["cliente_id"]) if valores["rol"] == "cliente" else None,
            ),
        )
    except psycopg.errors.UniqueViolation:
        return mostrar_formulario(valores, {"email": "Ya existe un usuario con ese correo."})
    flash(f"Usuario {valores['email']} creado", "ok")
    return redirect(url_for("usuarios.lista"))


@bp.post("/usuarios/<int:usuario_id>/estado")
@role_required("admin")
def cambiar_estado(usuario_id):
    if usuario_id == g.usuario["id"]:
        flash("No puede desactivar su propio usuario", "error")
        return redirect(url_for("usuarios.lista"))
    usuario = db.fila(
        "UPDATE usuarios SET activo = NOT activo WHERE id = %s RETURNING email, activo", (usuario_id,)
    )
    if usuario is None:
        abort(404)
    flash(f"Usuario {usuario['email']} {'activado' if usuario['activo'] else 'desactivado'}", "ok")
    return redirect(url_for("usuarios.lista"))


def validar(valores, clave):
    errores = {}
    if not valores["nombre"]:
        errores["nombre"] = "Indique el nombre."
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", valores["email"]):
        errores["email"] = "Indique una dirección de correo válida."
    if valores["rol"] not in ROLES:
        errores["rol"] = "Elija un rol."
    if valores["rol"] == "cliente" and not db.valor(
        "SELECT 1 FROM clientes WHERE id = %s", (leer_entero(valores["cliente_id"]),)
    ):
        errores["cliente_id"] = "Elija la empresa del cliente."
    if len(clave) < LARGO_MINIMO_CLAVE:
        errores["clave"] = f"La contraseña debe tener al menos {LARGO_MINIMO_CLAVE} caracteres."
    return errores


def mostrar_formulario(valores, errores):
    return render_template(
        "usuarios/formulario.html",
        valores=valores,
        errores=errores,
        roles=ROLES,
        clientes=db.filas("SELECT id, razon_social FROM clientes ORDER BY razon_social"),
    )
