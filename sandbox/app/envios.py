"""Envíos: listado con búsqueda, alta, detalle, edición, anulación y PDF."""

import logging
from math import ceil

from flask import Blueprint, Response, abort, flash, g, jsonify, redirect, render_template, request, url_for

import db
from auth import role_required
from envio_formulario import SERVICIOS, validar, valores_de, valores_enviados, valores_iniciales
from formatos import hoy
from pdf_service import generar_pdf
from tarifas import ORIGEN, calcular_flete

logger = logging.getLogger("envios")

bp = Blueprint("envios", __name__)

POR_PAGINA = 25
ESTADOS = {
    "registrado": "Registrado",
    "en_almacen": "En almacén",
    "en_transito": "En tránsito",
    "entregado": "Entregado",
    "anulado": "Anulado",
}
EDITABLES = ("registrado", "en_almacen")
ANULABLES = ("registrado", "en_almacen", "en_transito")

DETALLE = """
    SELECT e.*, c.razon_social AS cliente, c.ruc, c.email AS cliente_email,
           di.nombre AS distrito, di.departamento_id, de.nombre AS departamento,
           s.ubicacion, s.fecha AS fecha_seguimiento
    FROM envios e
    JOIN clientes c ON c.id = e.cliente_id
    JOIN distritos di ON di.id = e.distrito_id
    JOIN departamentos de ON de.id = di.departamento_id
    LEFT JOIN seguimiento s ON s.numero = e.numero
    WHERE e.id = %s
"""


@bp.app_context_processor
def nombres():
    return {"ESTADOS": ESTADOS, "SERVICIOS": SERVICIOS}


def buscar_envio(envio_id):
    """El envío pedido; 404 si no existe o si es de otra empresa."""
    envio = db.fila(DETALLE, (envio_id,))
    if envio is None:
        abort(404)
    if g.usuario["rol"] == "cliente" and envio["cliente_id"] != g.usuario["cliente_id"]:
        abort(404)
    return envio


def condiciones(texto, estado):
    """Filtro del listado como (SQL, parámetros)."""
    partes, parametros = ["true"], {}
    if g.usuario["rol"] == "cliente":
        partes.append("e.cliente_id = %(cliente_id)s")
        parametros["cliente_id"] = g.usuario["cliente_id"]
    if texto:
        partes.append("(e.numero ILIKE %(q)s OR e.destinatario ILIKE %(q)s OR e.observaciones ILIKE %(q)s)")
        literal = texto.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        parametros["q"] = f"%{literal}%"
    if estado in ESTADOS:
        partes.append("e.estado = %(estado)s")
        parametros["estado"] = estado
    return " AND ".join(partes), parametros


@bp.get("/envios")
@role_required("admin", "operador", "cliente")
def lista():
    texto = request.args.get("q", "").strip()
    estado = request.args.get("estado", "")
    donde, parametros = condiciones(texto, estado)

    total = db.valor(f"SELECT count(*) FROM envios e WHERE {donde}", parametros)
    paginas = max(1, ceil(total / POR_PAGINA))
    pagina = min(max(1, request.args.get("pagina", 1, type=int)), paginas)
    envios = db.filas(
        f"""SELECT e.id, e.numero, e.destinatario, e.fecha_entrega, e.peso_kg, e.estado,
                   c.razon_social AS cliente, di.nombre AS distrito, de.nombre AS departamento
            FROM envios e
            JOIN clientes c ON c.id = e.cliente_id
            JOIN distritos di ON di.id = e.distrito_id
            JOIN departamentos de ON de.id = di.departamento_id
            WHERE {donde}
            ORDER BY e.id DESC
            LIMIT %(limite)s OFFSET %(desde)s""",
        parametros | {"limite": POR_PAGINA, "desde": (pagina - 1) * POR_PAGINA},
    )
    return render_template(
        "envios/lista.html",
        envios=envios,
        total=total,
        pagina=pagina,
        paginas=paginas,
        q=texto,
        estado=estado,
    )


@bp.route("/envios/nuevo", methods=["GET", "POST"])
@role_required("admin", "operador")
def nuevo():
    if request.method == "GET":
        return mostrar_formulario(valores_iniciales(), {})

    valores = valores_enviados(request.form)
    datos, errores = validar(valores)
    if errores:
        return mostrar_formulario(valores, errores)

    datos["flete"] = flete_de(datos)
    datos["fecha_registro"] = hoy()
    datos["creado_por"] = g.usuario["id"]
    creado = db.fila(
        """INSERT INTO envios (cliente_id, destinatario, documento, direccion, distrito_id, fecha_registro,
                               fecha_entrega, peso_kg, bultos, servicio, valor_declarado, fragil,
                               observaciones, flete, creado_por)
           VALUES (%(cliente_id)s, %(destinatario)s, %(documento)s, %(direccion)s, %(distrito_id)s,
                   %(fecha_registro)s, %(fecha_entrega)s, %(peso_kg)s, %(bultos)s, %(servicio)s,
                   %(valor_declarado)s, %(fragil)s, %(observaciones)s, %(flete)s, %(creado_por)s)
           RETURNING id, numero""",
        datos,
    )
    flash(f"Envío {creado['numero']} registrado", "ok")
    return redirect(url_for("envios.detalle", envio_id=creado["id"]))


@bp.get("/envios/<int:envio_id>")
@role_required("admin", "operador", "cliente")
def detalle(envio_id):
    envio = buscar_envio(envio_id)
    correos = db.filas("SELECT para, enviado_en FROM correos WHERE envio_id = %s ORDER BY id", (envio_id,))
    return render_template(
        "envios/detalle.html",
        envio=envio,
        correos=correos,
        editable=envio["estado"] in EDITABLES,
        anulable=envio["estado"] in ANULABLES,
    )


@bp.route("/envios/<int:envio_id>/editar", methods=["GET", "POST"])
@role_required("admin", "operador")
def editar(envio_id):
    envio = buscar_envio(envio_id)
    if envio["estado"] not in EDITABLES:
        flash("Este envío ya no se puede editar", "error")
        return redirect(url_for("envios.detalle", envio_id=envio_id))
    if request.method == "GET":
        return mostrar_formulario(valores_de(envio), {}, envio)

    valores = valores_enviados(request.form)
    datos, errores = validar(valores, fecha_anterior=envio["fecha_entrega"])
    if errores:
        return mostrar_formulario(valores, errores, envio)

    datos["flete"] = flete_de(datos)
    db.ejecutar(
        """UPDATE envios
           SET cliente_id = %(cliente_id)s, destinatario = %(destinatario)s, documento = %(documento)s,
               direccion = %(direccion)s, distrito_id = %(distrito_id)s, fecha_entrega = %(fecha_entrega)s,
               peso_kg = %(peso_kg)s, bultos = %(bultos)s, servicio = %(servicio)s,
               valor_declarado = %(valor_declarado)s, fragil = %(fragil)s, observaciones = %(observaciones)s,
               flete = %(flete)s, actualizado_en = now()
           WHERE id = %(id)s""",
        datos | {"id": envio_id},
    )
    flash("Cambios guardados", "ok")
    return redirect(url_for("envios.detalle", envio_id=envio_id))


@bp.post("/envios/<int:envio_id>/anular")
@role_required("admin", "operador")
def anular(envio_id):
    envio = buscar_envio(envio_id)
    if envio["estado"] in ANULABLES:
        db.ejecutar("UPDATE envios SET estado = 'anulado', actualizado_en = now() WHERE id = %s", (envio_id,))
        flash(f"Envío {envio['numero']} anulado", "ok")
    else:
        flash("Este envío no se puede anular", "error")
    return redirect(url_for("envios.detalle", envio_id=envio_id))


@bp.get("/envios/<int:envio_id>/pdf")
@role_required("admin", "operador", "cliente")
def pdf(envio_id):
    envio = buscar_envio(envio_id)
    return Response(
        generar_pdf(envio),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{envio["numero"]}.pdf"'},
    )


@bp.get("/api/distritos")
@role_required("admin", "operador")
def distritos():
    departamento_id = request.args.get("departamento", type=int)
    return jsonify(distritos_de(departamento_id))


def distritos_de(departamento_id):
    return db.filas(
        "SELECT id, nombre FROM distritos WHERE departamento_id = %s ORDER BY nombre", (departamento_id,)
    )


def flete_de(datos):
    tarifa = db.fila(
        """SELECT t.precio_base, t.precio_kg
           FROM distritos di
           JOIN departamentos de ON de.id = di.departamento_id
           JOIN tarifas t ON t.ruta = %s || ' - ' || de.nombre
           WHERE di.id = %s""",
        (ORIGEN, datos["distrito_id"]),
    )
    if tarifa is None:
        return 0
    return calcular_flete(tarifa["precio_base"], tarifa["precio_kg"], datos["peso_kg"], datos["servicio"])


def mostrar_formulario(valores, errores, envio=None):
    departamento_id = valores["departamento_id"]
    return render_template(
        "envios/formulario.html",
        valores=valores,
        errores=errores,
        envio=envio,
        clientes=db.filas("SELECT id, razon_social FROM clientes ORDER BY razon_social"),
        departamentos=db.filas("SELECT id, nombre FROM departamentos ORDER BY nombre"),
        distritos=distritos_de(int(departamento_id)) if departamento_id.isdigit() else [],
    )
