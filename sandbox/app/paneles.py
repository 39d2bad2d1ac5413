"""Panel general y los cinco paneles de gestión."""

from flask import Blueprint, g, jsonify, render_template

import db
from auth import role_required
from formatos import hoy, mes

bp = Blueprint("paneles", __name__)

POR_ESTADO = """
    SELECT estado, count(*) AS cantidad, sum(peso_kg) AS peso,
           100.0 * count(*) / sum(count(*)) OVER () AS porcentaje
    FROM envios
    GROUP BY estado
    ORDER BY cantidad DESC
"""

POR_MES = """
    SELECT m.mes::date AS mes, count(e.id) AS cantidad,
           count(e.id) FILTER (WHERE e.estado = 'entregado') AS entregados,
           coalesce(sum(e.flete) FILTER (WHERE e.estado <> 'anulado'), 0) AS flete
    FROM generate_series(date_trunc('month', %(hoy)s::timestamp) - interval '11 months',
                         date_trunc('month', %(hoy)s::timestamp), interval '1 month') AS m (mes)
    LEFT JOIN envios e ON e.fecha_registro >= m.mes AND e.fecha_registro < m.mes + interval '1 month'
    GROUP BY m.mes
    ORDER BY m.mes
"""

INGRESOS = """
    SELECT c.razon_social AS cliente, count(*) AS cantidad, sum(e.flete) AS ingresos,
           avg(e.flete) AS promedio, sum(e.valor_declarado) AS valor_declarado
    FROM envios e
    JOIN clientes c ON c.id = e.cliente_id
    WHERE e.estado <> 'anulado'
    GROUP BY c.razon_social
    ORDER BY ingresos DESC
"""

ENTREGAS = """
    SELECT de.nombre AS departamento, count(*) AS cantidad,
           avg(e.fecha_entregado - e.fecha_registro) AS dias,
           max(e.fecha_entregado - e.fecha_registro) AS dias_maximo,
           100.0 * count(*) FILTER (WHERE e.fecha_entregado <= e.fecha_entrega) / count(*) AS puntualidad
    FROM envios e
    JOIN distritos di ON di.id = e.distrito_id
    JOIN departamentos de ON de.id = di.departamento_id
    WHERE e.estado = 'entregado'
    GROUP BY de.nombre
    ORDER BY de.nombre
"""

RUTAS = """
    SELECT de.nombre AS departamento, di.nombre AS distrito, count(*) AS cantidad,
           sum(e.bultos) AS bultos, sum(e.peso_kg) AS peso, sum(e.flete) AS flete
    FROM envios e
    JOIN distritos di ON di.id = e.distrito_id
    JOIN departamentos de ON de.id = di.departamento_id
    WHERE e.estado <> 'anulado'
    GROUP BY de.nombre, di.nombre
    ORDER BY cantidad DESC, de.nombre, di.nombre
    LIMIT 15
"""

RESUMEN = """
    SELECT count(*) FILTER (WHERE estado <> 'anulado') AS total,
           count(*) FILTER (WHERE estado IN ('registrado', 'en_almacen')) AS pendientes,
           count(*) FILTER (WHERE estado = 'en_transito') AS en_transito,
           count(*) FILTER (WHERE estado = 'en_transito' AND fecha_entrega < %(hoy)s) AS atrasados,
           count(*) FILTER (WHERE fecha_entregado >= date_trunc('month', %(hoy)s::timestamp))
               AS entregados_mes
    FROM envios
    WHERE %(cliente_id)s::int IS NULL OR cliente_id = %(cliente_id)s
"""

ULTIMOS = """
    SELECT id, numero, destinatario, fecha_entrega, estado
    FROM envios
    WHERE %(cliente_id)s::int IS NULL OR cliente_id = %(cliente_id)s
    ORDER BY id DESC
    LIMIT 8
"""


@bp.get("/")
@role_required("admin", "operador", "cliente")
def inicio():
    parametros = {"hoy": hoy(), "cliente_id": g.usuario["cliente_id"]}
    return render_template(
        "paneles/inicio.html", resumen=db.fila(RESUMEN, parametros), ultimos=db.filas(ULTIMOS, parametros)
    )


@bp.get("/paneles/estado")
@role_required("admin", "operador")
def por_estado():
    return render_template("paneles/estado.html", filas=db.filas(POR_ESTADO))


@bp.get("/paneles/mensual")
@role_required("admin", "operador")
def por_mes():
    return render_template("paneles/mensual.html", filas=db.filas(POR_MES, {"hoy": hoy()}))


@bp.get("/api/paneles/mensual")
@role_required("admin", "operador")
def datos_por_mes():
    filas = db.filas(POR_MES, {"hoy": hoy()})
    return jsonify(
        meses=[mes(fila["mes"]) for fila in filas],
        registrados=[fila["cantidad"] for fila in filas],
        entregados=[fila["entregados"] for fila in filas],
    )


@bp.get("/paneles/ingresos")
@role_required("admin", "operador")
def ingresos():
    return render_template("paneles/ingresos.html", filas=db.filas(INGRESOS))


@bp.get("/paneles/entregas")
@role_required("admin", "operador")
def entregas():
    return render_template("paneles/entregas.html", filas=db.filas(ENTREGAS))


@bp.get("/paneles/rutas")
@role_required("admin", "operador")
def rutas():
    return render_template("paneles/rutas.html", filas=db.filas(RUTAS))
