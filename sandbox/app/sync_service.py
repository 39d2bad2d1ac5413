"""Sincronización de tarifas y seguimiento desde los Excel de SharePoint.

Los dos archivos se aplican en una sola transacción: o entran ambos o no cambia nada. Volver a leer un
archivo igual no modifica ninguna fila. Cada ejecución deja una fila por archivo en sync_log.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime

import config
import db
import excel
import graph
from formatos import LIMA

logger = logging.getLogger("envios.sync")

CERROJO = 7301
ESTADOS_SEGUIMIENTO = {"en almacén": "en_almacen", "en tránsito": "en_transito", "entregado": "entregado"}


def ahora():
    return datetime.now(LIMA)


@dataclass
class Registro:
    """Lo que pasó con un archivo en una ejecución."""

    archivo: str
    inicio: datetime = field(default_factory=ahora)
    leidas: int = 0
    insertadas: int = 0
    actualizadas: int = 0
    omitidas: int = 0
    resultado: str = "ok"
    error: str | None = None


def sincronizar():
    """Ejecuta la sincronización y devuelve los registros, uno por archivo leído."""
    registros = []
    try:
        with db.transaccion():
            db.ejecutar("SELECT pg_advisory_xact_lock(%s)", (CERROJO,))
            for archivo, variable, enlace, aplicar in (
                ("tarifas", "SHAREPOINT_TARIFAS_URL", config.SHAREPOINT_TARIFAS_URL, aplicar_tarifas),
                (
                    "seguimiento",
                    "SHAREPOINT_SEGUIMIENTO_URL",
                    config.SHAREPOINT_SEGUIMIENTO_URL,
                    aplicar_seguimiento,
                ),
            ):
                registro = Registro(archivo)
                registros.append(registro)
                if not enlace:
                    raise excel.ArchivoInvalido(f"{variable} no está definido.")
                aplicar(graph.descargar_enlace(enlace), registro)
    except (graph.GraphError, excel.ArchivoInvalido) as error:
        logger.error("Sincronización fallida en %s: %s", registros[-1].archivo, error)
        anotar_fallo(registros, str(error))
    guardar(registros)
    for registro in registros:
        logger.info(
            "Sincronización de %s: %s (leídas %d, insertadas %d, actualizadas %d, omitidas %d)",
            registro.archivo,
            registro.resultado,
            registro.leidas,
            registro.insertadas,
            registro.actualizadas,
            registro.omitidas,
        )
    return registros


def aplicar_tarifas(contenido, registro):
    filas = excel.leer_filas("tarifas", contenido, ("Ruta", "Precio base", "Precio por kg", "Plazo (días)"))
    for fila in filas:
        registro.leidas += 1
        cambio = db.fila(
            """INSERT INTO tarifas AS t (ruta, precio_base, precio_kg, plazo_dias)
               VALUES (%s, %s, %s, %s)
               ON CONFLICT (ruta) DO UPDATE
               SET precio_base = excluded.precio_base, precio_kg = excluded.precio_kg,
                   plazo_dias = excluded.plazo_dias, actualizado_en = now()
               WHERE (t.precio_base, t.precio_kg, t.plazo_dias)
                     IS DISTINCT FROM (excluded.precio_base, excluded.precio_kg, excluded.plazo_dias)
               RETURNING xmax = 0 AS insertada""",
            (
                excel.texto("tarifas", fila, "Ruta"),
                excel.decimal("tarifas", fila, "Precio base"),
                excel.decimal("tarifas", fila, "Precio por kg"),
                excel.entero("tarifas", fila, "Plazo (días)"),
            ),
        )
        contar(registro, cambio)


def aplicar_seguimiento(contenido, registro):
    filas = excel.leer_filas("seguimiento", contenido, ("Número", "Estado", "Ubicación", "Fecha"))
    for fila in filas:
        registro.leidas += 1
        numero = excel.texto("seguimiento", fila, "Número")
        estado = ESTADOS_SEGUIMIENTO.get(excel.texto("seguimiento", fila, "Estado").lower())
        if estado is None:
            raise excel.ArchivoInvalido(
                f"Archivo de seguimiento, fila {fila['fila']}: estado desconocido «{fila['Estado']}»."
            )
        fecha = excel.fecha("seguimiento", fila, "Fecha")
        if not db.valor("SELECT 1 FROM envios WHERE numero = %s AND estado <> 'anulado'", (numero,)):
            registro.omitidas += 1
            continue
        cambio = db.fila(
            """INSERT INTO seguimiento AS s (numero, estado, ubicacion, fecha)
               VALUES (%s, %s, %s, %s)
               ON CONFLICT (numero) DO UPDATE
               SET estado = excluded.estado, ubicacion = excluded.ubicacion, fecha = excluded.fecha,
                   actualizado_en = now()
               WHERE (s.estado, s.ubicacion, s.fecha)
                     IS DISTINCT FROM (excluded.estado, excluded.ubicacion, excluded.fecha)
               RETURNING xmax = 0 AS insertada""",
            (numero, estado, str(fila["Ubicación"] or "").strip(), fecha),
        )
        contar(registro, cambio)
        if cambio is not None:
            actualizar_envio(numero, estado, fecha)


def actualizar_envio(numero, estado, fecha):
    db.ejecutar(
        """UPDATE envios
           SET estado = %(estado)s, actualizado_en = now(),
               fecha_entregado = CASE WHEN %(estado)s = 'entregado' THEN %(fecha)s::date END
           WHERE numero = %(numero)s""",
        {"numero": numero, "estado": estado, "fecha": fecha},
    )


def contar(registro, cambio):
    if cambio is None:
        return
    if cambio["insertada"]:
        registro.insertadas += 1
    else:
        registro.actualizadas += 1


def anotar_fallo(registros, mensaje):
    """La transacción se deshizo: lo ya aplicado tampoco cuenta."""
    for registro in registros:
        registro.insertadas = registro.actualizadas = registro.omitidas = 0
        registro.resultado = "revertido"
    registros[-1].resultado = "error"
    registros[-1].error = mensaje


def guardar(registros):
    for registro in registros:
        db.ejecutar(
            """INSERT INTO sync_log (archivo, inicio, fin, leidas, insertadas, actualizadas, omitidas,
                                     resultado, error)
               VALUES (%s, %s, now(), %s, %s, %s, %s, %s, %s)""",
            (
                registro.archivo,
                registro.inicio,
                registro.leidas,
                registro.insertadas,
                registro.actualizadas,
                registro.omitidas,
                registro.resultado,
                registro.error,
            ),
        )
