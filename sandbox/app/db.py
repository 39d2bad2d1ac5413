"""Acceso a Postgres: una conexión por petición, tomada de una reserva, con el esquema de DB_SCHEMA."""

from flask import g
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

import config

reserva = ConnectionPool(
    config.DATABASE_URL or "",
    min_size=1,
    max_size=4,
    open=False,
    timeout=5,
    check=ConnectionPool.check_connection,
    kwargs={
        "autocommit": True,
        "row_factory": dict_row,
        "connect_timeout": 5,
        "application_name": "envios",
        "options": f"-c search_path={config.DB_SCHEMA}",
    },
)


def conexion():
    if "conexion" not in g:
        reserva.open()
        g.conexion = reserva.getconn()
    return g.conexion


def cerrar(_error=None):
    abierta = g.pop("conexion", None)
    if abierta is not None:
        reserva.putconn(abierta)


def transaccion():
    return conexion().transaction()


def filas(sql, parametros=None):
    return conexion().execute(sql, parametros).fetchall()


def fila(sql, parametros=None):
    return conexion().execute(sql, parametros).fetchone()


def valor(sql, parametros=None):
    encontrada = fila(sql, parametros)
    return next(iter(encontrada.values())) if encontrada else None


def ejecutar(sql, parametros=None):
    return conexion().execute(sql, parametros).rowcount
